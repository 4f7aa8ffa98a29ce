import { AttributeTable, type Attribute } from '../../engine/encoding/attributes.ts';
import { encodeRowsInSteps } from '../../engine/encoding/rows.ts';
import type { EncodedLayer, TileCoord } from '../../engine/types.ts';
import type { Representation } from '../../http/answers/respond.ts';
import { composite, MAX_ZOOM } from '../../http/answers/tile.ts';
import type { Answer } from '../answer.ts';
import { inTurns } from '../../tools/turns.ts';
import type { ChoroplethContext as Context } from '../context.ts';
import { tiledBounds } from '../forms/view.ts';
import type { Regions } from '../regions/regions.ts';

/** The attribute that counts regions from zero: it is how TerriaJS finds them again. */
const FID = 'FID';

/** The names that somebody's column of codes may have, for it to be taken for one of these regions. */
function aliasesOf({ set }: Regions): string[] {
  return [...new Set([set.id, set.code, `${set.id}_code`, set.label])].map((name) => name.toLowerCase());
}

/** `regionMapping.json` of TerriaJS 8: how its tables become choropleths of these regions. */
export function regionMapping({ request, regions }: Answer, base: string): Record<string, unknown> {
  const { choropleth } = request;
  const forms = `${base}/gis/choropleth/${choropleth.id}`;
  const level = `?level=${encodeURIComponent(regions.set.id)}`;
  return {
    comments: `Regions of ${choropleth.title}`,
    regionWmsMap: {
      [regions.set.id]: {
        layerName: regions.set.id,
        server: `${forms}/terria/{z}/{x}/{y}.mvt${level}`,
        serverType: 'MVT',
        serverSubdomains: [],
        serverMinZoom: 0,
        serverMaxNativeZoom: MAX_ZOOM,
        serverMaxZoom: 28,
        regionProp: 'code',
        nameProp: 'name',
        uniqueIdProp: FID,
        textCodes: true,
        aliases: aliasesOf(regions),
        description: regions.set.label,
        bbox: tiledBounds(regions.layer.index),
        regionIdsFile: `${forms}/region-ids.json${level}`,
      },
    },
  };
}

/** What its `regionIdsFile` is: codes in the order of `FID`. */
export function regionIds({ regions }: Answer): Record<string, unknown> {
  return { layer: regions.set.id, property: 'code', values: regions.codes };
}

const tables = new WeakMap<Regions, AttributeTable>();

function tableOf(regions: Regions): AttributeTable {
  const known = tables.get(regions);
  if (known) return known;
  const columns: readonly Attribute[] = [
    [FID, FID, (row) => row],
    ['code', 'code', (row) => regions.codes[row]],
    ['name', 'name', (row) => regions.names[row]],
  ];
  const made = new AttributeTable(columns, regions.codes.length);
  tables.set(regions, made);
  return made;
}

/** A tile of the regions alone. */
export async function regionTile(
  { config }: Context,
  { regions }: Answer,
  coord: TileCoord,
): Promise<Representation> {
  const { index, ids } = regions.layer;
  await index.prepare(coord.z);
  const attributes = tableOf(regions);
  const columns = attributes.keys.map((_, i) => i);
  const { maxBytes } = config.tile;
  const name = regions.set.id;
  const making = function* (): Generator<void, EncodedLayer> {
    const geometry = yield* index.inSteps(coord);
    return yield* encodeRowsInSteps({ name, geometry, ids, attributes, columns, maxBytes });
  };
  return composite([await inTurns(making())]);
}
