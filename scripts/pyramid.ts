import { Catalog } from '../server/catalog/catalog.ts';
import { loadConfig } from '../server/config.ts';
import { openDatabase } from '../server/db/open.ts';
import { Pyramids } from '../server/engine/pyramid/pyramids.ts';
import { readMaps } from '../server/maps.ts';
import { servedMaps } from '../server/maps/served.ts';
import { logEvents } from '../server/observe/events.ts';
import { createLogger } from '../server/observe/log.ts';
import { Generations } from '../server/refresh/generations.ts';
import { Releasers } from '../server/releasers.ts';

/**
 * `tsx scripts/pyramid.ts [--force] [layer…]`: builds the pyramids of `maps.yaml` in the configured
 * database, those that are missing or older than their source, or all named ones with `--force`.
 */
const force = process.argv.includes('--force');
const named = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const releasers = new Releasers();
try {
  const config = loadConfig();
  const log = createLogger('warn');
  const { database: db } = await openDatabase(config, log, releasers, (step) => console.log(step));
  const maps = await servedMaps(config, db, readMaps);
  const observe = logEvents(log);
  const generations = new Generations(db, observe);
  generations.enableTracking();
  const catalog = new Catalog(
    db,
    maps,
    { schemas: config.schemas, defaultSrid: config.defaultSrid },
    observe,
  );
  const pyramids = new Pyramids({ db, maps, generations, observe, background: false });
  await generations.poll();
  await catalog.reload();
  await pyramids.resolve(catalog);
  for (const layer of catalog.all().filter(({ id }) => named.length === 0 || named.includes(id))) {
    const problem = pyramids.problem(layer);
    if (problem !== undefined) {
      console.log(`${layer.id}: ${problem}`);
      process.exitCode = 1;
    } else if (pyramids.of(layer)) {
      const outcome = await pyramids.build(layer.id, force);
      const build = pyramids.of(layer)?.build;
      console.log(
        `${layer.id}: ${outcome}; ${build?.points} points in ${build?.cells} cells, ${build?.leftOut} left out (${build?.buildMs} ms)`,
      );
    }
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.run();
}
