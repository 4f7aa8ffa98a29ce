import { Catalog, type CatalogMaps } from '../../catalog/catalog.ts';
import { RowFaults } from '../../catalog/faults.ts';
import type { CatalogConfig } from '../../catalog/settings.ts';
import { relationName, type TableLayer } from '../../catalog/types.ts';
import type { Command, CommandTools } from '../../command.ts';
import type { Database } from '../../db/types.ts';
import { adviseLayer, type Advice } from '../../engine/overviews/advice.ts';
import { MemoryLayers } from '../../engine/memory/layers.ts';
import { buildOverviews, type OverviewsOptions } from '../../engine/overviews/build.ts';
import { Generations } from '../../generations/generations.ts';
import type { TilesConfig } from '../settings.ts';

type Config = TilesConfig & CatalogConfig & { readonly databaseUrl: string | undefined };
type Tools = CommandTools<Config, CatalogMaps>;

/** An index on a large table takes longer than any request may. */
const INDEX_TIMEOUT_MS = 3_600_000;

const COPIES =
  '-- tables chorograph.overview_… for zooms up to 11, 9, 7, 5 and 3, where they are smaller than the next finer one,\n' +
  '-- and one for each zoom up to 13 at which a tile would be too large, with small neighbours put together; tiles that take long are made beforehand';

/**
 * `chorograph optimize [layer …] [--apply]`: tells which indexes and generalized copies would make tiles
 * of the database's layers faster, with their SQL. Nothing is changed without `--apply`.
 */
export const optimizeCommand: Command<Config, CatalogMaps> = {
  name: 'optimize',
  summary: 'tells which indexes and generalized copies would make tiles faster, or makes them',
  declare: (parser, tools) => {
    parser
      .argument('[layer...]', 'ids of layers; all where none is named')
      .option('--apply', 'makes them')
      .option('--json', 'the advice as JSON')
      .action((names: string[], { apply = false, json = false }: { apply?: boolean; json?: boolean }) =>
        optimize(tools, names, { apply, json }),
      );
  },
};

async function optimize(
  tools: Tools,
  names: readonly string[],
  { apply, json }: { apply: boolean; json: boolean },
): Promise<void> {
  if (tools.config().databaseUrl === undefined)
    throw new Error('the embedded database serves every layer from memory');
  const { database: db } = await tools.database({ statementTimeoutMs: INDEX_TIMEOUT_MS });
  const { layers, adviceOn, faults, buffer } = await look(tools, db, names);
  const say = (line: string): void => (json ? undefined : tools.print(line));
  const told: object[] = [];
  for (const layer of layers) {
    const { advice, token } = await adviceOn(layer);
    if (advice.length === 0) say(`${layer.id}: nothing to do`);
    for (const one of advice) {
      say(`${layer.id}: ${one.why}`);
      for (const { text } of one.statements) say(`${text};`);
      if (one.overviews) say(COPIES);
      told.push({ layer: layer.id, why: one.why, statements: one.statements.map(({ text }) => text) });
      if (!apply) continue;
      const started = performance.now();
      // Copies of the rows that have a place.
      for (const line of await follow(db, await faults.examine(layer, token), one, { token, buffer }))
        say(line);
      say(`-- done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
    }
  }
  if (json) tools.print(JSON.stringify({ applied: apply, advice: told }));
  else if (!apply) tools.print('\nNothing was changed; --apply does it.');
}

async function look(tools: Tools, db: Database, names: readonly string[]) {
  const { schemas, defaultSrid, memoryVertices: maxVertices, tile } = tools.config();
  const generations = new Generations(db, () => {});
  generations.enableTracking();
  await generations.poll();
  const catalog = new Catalog(db, await tools.servedMaps(db), { schemas, defaultSrid }, () => {});
  await catalog.reload();
  const faults = new RowFaults(db, () => {});
  const memory = new MemoryLayers(db, { maxVertices, buffer: tile.buffer }, () => {}, generations, faults);
  const layers = names.length > 0 ? names.map((name) => catalog.tableLayer(name)) : unique(catalog);
  const adviceOn = async (layer: TableLayer): Promise<{ advice: readonly Advice[]; token: string }> => {
    tools.progress(`looking at ${layer.id}`);
    const token = generations.of(relationName(layer));
    return { advice: adviseLayer(layer, { inMemory: await memory.fits(layer, token), token }), token };
  };
  return { layers, adviceOn, faults, buffer: tile.buffer };
}

/** Each relation's geometry once, whatever `maps.yaml` calls it. */
function unique(catalog: Catalog): TableLayer[] {
  const layers = catalog.all().filter((layer) => layer.type === 'table' && !layer.problem) as TableLayer[];
  return [
    ...new Map(layers.map((layer) => [`${relationName(layer)} ${layer.geometry.column}`, layer])).values(),
  ];
}

/** Does what is advised; what there is to tell of it. */
async function follow(
  db: Database,
  layer: TableLayer,
  advice: Advice,
  options: OverviewsOptions,
): Promise<string[]> {
  if (advice.overviews) {
    const { copies, made } = await buildOverviews(db, layer, options);
    const lines = copies.map(({ zoom, merged, rows }) =>
      merged ? `-- zoom ${zoom}: ${rows} rows, small neighbours as one` : `-- to zoom ${zoom}: ${rows} rows`,
    );
    return made.length > 0 ? [...lines, `-- tiles made of zooms ${made.join(', ')}`] : lines;
  }
  for (const statement of advice.statements) await db.run(statement);
  return [];
}
