import type { Sight } from '../../sight/sight.ts';
import { layerBounds } from '../../tiles/public.ts';
import type { OgcContext } from '../context.ts';
import { GEOJSON_TYPE, HTML_TYPE, JSON_TYPE, link, SCHEMA_TYPE, type Link } from '../answers/links.ts';
import { CRS84, type Systems } from '../place/systems.ts';
import { timeExtent } from './interval.ts';
import { layerOf, type Collection } from './collections.ts';

const GREGORIAN = 'http://www.opengis.net/def/uom/ISO-8601/0/Gregorian';

export const collectionUrl = (root: string, { id }: { readonly id: string }): string =>
  `${root}/collections/${encodeURIComponent(id)}`;

/** A collection as the standard describes it, without its own `self` and `alternate`. */
export async function describeCollection(
  ctx: OgcContext,
  systems: Systems,
  collection: Collection,
  { root, sight }: { readonly root: string; readonly sight: Sight },
): Promise<Record<string, unknown> & { links: Link[] }> {
  const layer = layerOf(collection);
  const access = collection.kind === 'layer' ? layer.access : collection.choropleth.access;
  const own = ctx.roles.reading(ctx, access, sight);
  const [bounds, { storage, all }, interval] = await Promise.all([
    layerBounds(own, layer),
    systems.of(layer),
    collection.kind === 'layer' ? timeExtent(own, layer) : undefined,
  ]);
  const { description, attribution } = collection.kind === 'layer' ? layer : collection.choropleth;
  return {
    id: collection.id,
    title: collection.title,
    ...(description ? { description } : {}),
    ...(attribution ? { attribution } : {}),
    extent: {
      spatial: { bbox: [bounds], crs: CRS84.uri },
      ...(interval ? { temporal: { interval: [interval], trs: GREGORIAN } } : {}),
    },
    itemType: 'feature',
    crs: all.map(({ uri }) => uri),
    storageCrs: storage.uri,
    links: collectionLinks(root, collection),
  };
}

const RELATION = 'http://www.opengis.net/def/rel/ogc/1.0/';
const SCHEMA_LINKS = [
  ['schema', 'What its features have'],
  ['queryables', 'What filters may name'],
  ['sortables', 'What its features can be ordered by'],
] as const;

function collectionLinks(root: string, collection: Collection): Link[] {
  const url = collectionUrl(root, collection);
  const { title } = collection;
  return [
    link('items', `${url}/items`, GEOJSON_TYPE, `${title} as GeoJSON`),
    link('items', `${url}/items?f=html`, HTML_TYPE, `${title} as a page`),
    link(`${RELATION}tilesets-vector`, `${url}/tiles?f=json`, JSON_TYPE, `${title} as vector tiles`),
    ...(collection.kind === 'choropleth'
      ? [
          link(
            `${RELATION}styles`,
            `${root}/styles/${collection.choropleth.id}/metadata`,
            JSON_TYPE,
            'Its style and legend',
          ),
        ]
      : []),
    ...SCHEMA_LINKS.map(([name, about]) => link(RELATION + name, `${url}/${name}`, SCHEMA_TYPE, about)),
  ];
}

/** The links of a collection to itself, as it stands in the list. */
export const itselfLinks = (root: string, collection: Collection): Link[] => [
  link('self', collectionUrl(root, collection), JSON_TYPE, collection.title),
  link('alternate', `${collectionUrl(root, collection)}?f=html`, HTML_TYPE, `${collection.title} as a page`),
];
