import { parseArgs } from 'node:util';
import { Catalog } from '../server/catalog/catalog.ts';
import { RowFaults } from '../server/catalog/faults.ts';
import { relationName, type TableLayer } from '../server/catalog/types.ts';
import { loadConfig } from '../server/config.ts';
import { openDatabase } from '../server/db/open.ts';
import { AppError } from '../server/errors.ts';
import type { Database } from '../server/db/types.ts';
import { adviseLayer, type Advice } from '../server/engine/advice.ts';
import { MemoryLayers } from '../server/engine/memory.ts';
import { buildOverviews } from '../server/engine/overviews.ts';
import { readMaps } from '../server/maps.ts';
import { servedMaps } from '../server/maps/served.ts';
import { logEvents } from '../server/observe/events.ts';
import { createLogger } from '../server/observe/log.ts';
import { Generations } from '../server/refresh/generations.ts';
import { Releasers } from '../server/releasers.ts';

const USAGE = 'usage: npm run optimize -- [layer …] [--apply]\n';
/** An index on a large table takes longer than any request may. */
const INDEX_TIMEOUT_MS = 3_600_000;

/**
 * `npm run optimize -- [layer …] [--apply]`: tells which indexes and generalized copies would make tiles
 * of the database's layers faster, with their SQL. Nothing is changed without `--apply`.
 */
async function optimize(names: readonly string[], apply: boolean, releasers: Releasers): Promise<void> {
  const config = loadConfig();
  const log = createLogger('warn');
  const observe = logEvents(log);
  if (config.databaseUrl === undefined)
    throw new Error('the embedded database serves every layer from memory');
  const pool = { ...config.pool, statementTimeoutMs: INDEX_TIMEOUT_MS };
  const { database: db } = await openDatabase({ ...config, pool }, log, releasers, () => {});
  const maps = await servedMaps(config, db, readMaps);
  const generations = new Generations(db, observe);
  generations.enableTracking();
  await generations.poll();
  const { schemas, defaultSrid, memoryVertices: maxVertices } = config;
  const catalog = new Catalog(db, maps, { schemas, defaultSrid }, observe);
  await catalog.reload();
  const faults = new RowFaults(db, observe);
  const { buffer } = config.tile;
  const memory = new MemoryLayers(db, { maxVertices, buffer }, observe, generations, faults);
  const layers = names.length > 0 ? names.map((name) => catalog.tableLayer(name)) : unique(catalog);
  for (const layer of layers) {
    const token = generations.of(relationName(layer));
    const advice = adviseLayer(layer, { inMemory: await memory.fits(layer, token), token });
    if (advice.length === 0) console.log(`${layer.id}: nothing to do`);
    for (const one of advice) {
      console.log(`${layer.id}: ${one.why}`);
      for (const { text } of one.statements) console.log(`${text};`);
      if (one.overviews) console.log('-- and from it those of zooms 9, 7, 5 and 3, where they are smaller');
      // Copies of the rows that have a place.
      if (apply) await follow(db, await faults.examine(layer, token), one, token);
    }
  }
  if (!apply) console.log('\nNothing was changed; --apply does it.');
}

/** Each relation's geometry once, whatever `maps.yaml` calls it. */
function unique(catalog: Catalog): TableLayer[] {
  const layers = catalog.all().filter((layer) => layer.type === 'table' && !layer.problem) as TableLayer[];
  return [
    ...new Map(layers.map((layer) => [`${relationName(layer)} ${layer.geometry.column}`, layer])).values(),
  ];
}

async function follow(db: Database, layer: TableLayer, advice: Advice, token: string): Promise<void> {
  const started = performance.now();
  if (advice.overviews) {
    const rows = await buildOverviews(db, layer, token);
    console.log([...rows].map(([zoom, count]) => `-- to zoom ${zoom}: ${count} rows`).join('\n'));
  } else {
    for (const statement of advice.statements) await db.run(statement);
  }
  console.log(`-- done in ${((performance.now() - started) / 1000).toFixed(1)} s`);
}

const releasers = new Releasers();
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { apply: { type: 'boolean', default: false } },
  });
  await optimize(positionals, values.apply, releasers);
} catch (error) {
  const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  const detail =
    error instanceof AppError
      ? `${error.message}: ${(error.cause as Error | undefined)?.message ?? JSON.stringify(error.members)}`
      : String((error as Error).message);
  process.stderr.write(`${detail}\n${isUsage ? USAGE : ''}`);
  process.exitCode = isUsage ? 64 : 1;
} finally {
  await releasers.run();
}
