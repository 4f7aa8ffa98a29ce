import type { Request, Response } from 'express';
import { featureById, NO_KEY, versionedFeature, type PageEnd } from '../../features/public.ts';
import { sendPieces } from '../../http/answers/pieces.ts';
import { readFilter } from '../../cql2/filter.ts';
import { cacheControl } from '../../http/answers/urls.ts';
import { text } from '../../http/requests/params.ts';
import { Representation, send } from '../../http/answers/respond.ts';
import { route, type Route } from '../../http/routes.ts';
import { formatOf, ownUrl, pageAnswer, rootUrl } from '../answers/answer.ts';
import { GEOJSON_TYPE, HTML_TYPE, link, ownLinks, withParameter, type Format } from '../answers/links.ts';
import { collectionOf, type Collection } from '../collections/collections.ts';
import { collectionParam, COLLECTIONS } from '../collections/routes.ts';
import type { Readings } from '../../choropleth/public.ts';
import type { Sight } from '../../sight/sight.ts';
import type { OgcContext } from '../context.ts';
import { readBox } from '../place/box.ts';
import { hasNowhere } from '../place/nowhere.ts';
import { nearbyOf } from '../place/near.ts';
import { filterSystem, placingOf, type System, type Systems } from '../place/systems.ts';
import { choroplethFeature, choroplethItems, type RegionsContext } from './choropleth-items.ts';
import { readDatetime } from './datetime.ts';
import { collectionLink, featureEtag, featureLinks } from './feature.ts';
import { layerItems, planLayerItems, refusing, shapeOf, type ItemsRequest } from './layer-items.ts';
import { itemsParams, MOST_ON_A_PAGE, shapeParams } from './params.ts';

const GEOJSON = `${GEOJSON_TYPE}; charset=utf-8`;
const FEATURES = { [GEOJSON_TYPE]: { type: 'object' }, [HTML_TYPE]: { type: 'string' } };
/** A page that people read is no longer than this. */
const MOST_ROWS = 1_000;

export function itemRoutes(ctx: OgcContext, systems: Systems, readings: Readings): Route[] {
  const anyNowhere = async (collection: Collection, sight: Sight): Promise<boolean> =>
    collection.kind === 'layer' &&
    hasNowhere(ctx.roles.reading(ctx, collection.layer.access, sight), collection.layer);

  return [
    route({
      method: 'get',
      path: '/ogc/collections/:collection/items',
      tag: 'ogc',
      summary: 'OGC API: features of a collection, page by page; columns and dimensions filter by name',
      params: collectionParam,
      query: itemsParams,
      openQuery: { example: { state: 'TX' } },
      responses: { 200: { description: 'A GeoJSON FeatureCollection', content: FEATURES } },
      handle: async ({ params, query, extra, sight, signal }, res, req) => {
        const collection = collectionOf(ctx, params.collection, sight);
        const format = formatOf(req, query.f, GEOJSON_TYPE);
        const others =
          collection.kind === 'layer' ? ctx.editing.rowsFor(collection.layer, extra, sight) : { extra };
        const [system, boxSystem] = await Promise.all([
          systems.read('crs', query.crs),
          systems.read('bbox-crs', query['bbox-crs']),
        ]);
        const box = query.bbox && readBox(query.bbox, boxSystem);
        const asked: ItemsRequest = {
          limit: Math.min(query.limit, format === 'html' ? MOST_ROWS : MOST_ON_A_PAGE),
          box,
          near:
            box && collection.kind === 'layer' && !others.rows
              ? await nearbyOf(ctx, collection.layer, box)
              : undefined,
          hasNowhere:
            query.bbox !== undefined && (others.rows !== undefined || (await anyNowhere(collection, sight))),
          system,
          time: query.datetime === undefined ? undefined : readDatetime(query.datetime),
          cursor: query.cursor,
          filter: readFilter({
            filter: query.filter,
            lang: query['filter-lang'],
            crs: query['filter-crs'],
            system: await filterSystem(systems, query['filter-crs']),
          }),
          sortby: query.sortby,
          shape: query,
          rows: others.rows,
          extra: others.extra,
          sight,
        };
        const tail = tailOf(ctx, req, { collection, format, system });
        const pieces = piecesOf({ ctx, readings, req, signal }, collection, asked, tail);
        res.setHeader('Content-Crs', `<${system.uri}>`);
        res.vary('Accept');
        if (format === 'json') {
          const how = { type: GEOJSON, cacheControl: cacheControl(false), signal };
          return sendPieces(req, res, pieces, how);
        }
        await sendPage(ctx, req, res, collection, JSON.parse(await whole(pieces)) as object);
      },
    }),
    route({
      method: 'get',
      path: '/ogc/collections/:collection/items/:feature',
      tag: 'ogc',
      summary: 'OGC API: one feature',
      params: collectionParam.extend({
        feature: text(400).meta({ description: 'Id of the feature', example: '1' }),
      }),
      query: shapeParams,
      responses: { 200: { description: 'A GeoJSON Feature', content: FEATURES } },
      handle: async ({ params, query, sight, signal }, res, req) => {
        const collection = collectionOf(ctx, params.collection, sight);
        const format = formatOf(req, query.f, GEOJSON_TYPE);
        const system = await systems.read('crs', query.crs);
        const links = featureLinks(rootUrl(ctx, req), collection, ownUrl(ctx, req), format);
        const { text, version } = await oneFeature();
        res.setHeader('Content-Crs', `<${system.uri}>`);
        res.vary('Accept');
        if (format === 'html')
          return sendPage(ctx, req, res, collection, JSON.parse(text) as object, params.feature);
        const tag = version === undefined ? {} : { tag: featureEtag(version, text) };
        await send(req, res, new Representation(Buffer.from(text), GEOJSON, tag), cacheControl(false));

        async function oneFeature(): Promise<{ text: string; version?: string }> {
          if (collection.kind === 'choropleth') {
            const one = { id: params.feature, system, sight, shape: query, tail: { links } };
            return {
              text: await choroplethFeature({ ctx, readings, req, signal }, collection.choropleth, one),
            };
          }
          const { layer } = collection;
          const one = {
            ...shapeOf(layer, query, system),
            layer: layer.id,
            id: params.feature,
            refuse: refusing(system),
            tail: { links },
          };
          const from = ctx.editing.tableFor(layer, sight);
          if (from) return versionedFeature(ctx, { ...one, of: layer, from }, signal);
          return { text: await featureById(ctx, one, signal, sight) };
        }
      },
    }),
  ];
}

function piecesOf(
  how: RegionsContext,
  collection: Collection,
  asked: ItemsRequest,
  tail: (end: PageEnd, matched: number | undefined) => object,
): AsyncGenerator<string> {
  if (collection.kind === 'choropleth') return choroplethItems(how, collection.choropleth, asked, tail);
  const { ctx: shared, signal } = how;
  const plan = planLayerItems(shared, collection.layer, asked);
  const ctx = shared.roles.reading(shared, plan.layer.access, asked.sight);
  return layerItems(ctx, plan, tail, { asked, signal });
}

/** The members behind the features: links, counts, when it was made. */
function tailOf(
  ctx: OgcContext,
  req: Request,
  { collection, format, system }: { collection: Collection; format: Format; system: System },
): (end: PageEnd, matched: number | undefined) => object {
  const url = ownUrl(ctx, req);
  const root = rootUrl(ctx, req);
  return ({ returned, more, box, cursor }, matched) => ({
    ...(box && placingOf(system) === undefined ? { bbox: box } : {}),
    links: [
      ...ownLinks(url, format, GEOJSON_TYPE),
      ...(cursor === undefined
        ? []
        : [
            link(
              'next',
              withParameter(url, 'cursor', cursor),
              format === 'html' ? HTML_TYPE : GEOJSON_TYPE,
              'The next page',
            ),
          ]),
      ...collectionLink(root, collection),
    ],
    ...(matched === undefined ? {} : { numberMatched: matched }),
    numberReturned: returned,
    timeStamp: new Date().toISOString(),
    ...(more && cursor === undefined ? { warning: NO_KEY } : {}),
  });
}

async function sendPage(
  ctx: OgcContext,
  req: Request,
  res: Response,
  collection: Collection,
  document: object,
  feature?: string,
): Promise<void> {
  const { id, title } = collection;
  const path = `/collections/${encodeURIComponent(id)}`;
  const crumbs = [
    COLLECTIONS,
    { title, path },
    ...(feature === undefined ? [] : [{ title: 'Features', path: `${path}/items` }]),
  ];
  const page = {
    title: feature === undefined ? 'Features' : feature,
    root: rootUrl(ctx, req),
    crumbs,
    document: document as Record<string, unknown>,
  };
  await send(req, res, pageAnswer(page), cacheControl(false));
}

async function whole(pieces: AsyncGenerator<string>): Promise<string> {
  let text = '';
  for await (const piece of pieces) text += piece;
  return text;
}
