import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { createDatabase, postgresBinaries, startCluster } from '../../test/support/cluster.ts';
import { benchArchive } from './archive.ts';
import { benchAsk } from './ask.ts';
import { benchAudit } from './audit.ts';
import { benchBeside } from './beside.ts';
import { benchCached } from './cached.ts';
import { benchChoropleths } from './choropleths.ts';
import { benchCopies } from './copies.ts';
import { benchEngines } from './engines.ts';
import { benchExplorer } from './explorer.ts';
import { benchEmbeddedFirstTiles, benchFirstTiles } from './first-tiles.ts';
import { benchExports } from './exports.ts';
import { benchFairness } from './fairness.ts';
import { benchFreshness } from './freshness.ts';
import { benchGrowth } from './growth.ts';
import { benchInstructions } from './instructions.ts';
import { benchMemoryByWorkers } from './by-workers.ts';
import { benchMemory } from './memory.ts';
import { benchOverhead } from './overhead.ts';
import { benchPoints } from './points.ts';
import { benchPointsAuto } from './points-auto.ts';
import { benchSantri } from './santri.ts';
import { benchSearch } from './search.ts';
import { tables } from './report.ts';
import { benchStarts } from './starts.ts';
import { runSuite } from './suite/main.ts';
import { readOptions } from './suite/options.ts';
import { benchUncached } from './uncached.ts';

const USAGE = `usage: npm run bench -- [section …] [--json FILE]
  starts       starts, and the first tile of each layer after a restart
  engines      uncached tiles beside ST_AsMVT
  points       a million points in a pyramid, beside ST_AsMVT
  uncached     uncached tiles over HTTP
  cached       cached tiles over HTTP, beside bare servers
  overhead     tiles of few features, and cached ones, over what bare node:http takes (the built server)
  choropleths  classes and forms of choropleths
  audit        10,000 events a second into the audit log
  explorer     what a reader waits for in the explorer, in a browser; 50,000 regions
  fairness     somebody's tiles and pictures while another has pictures drawn, and small tiles while large ones are cut
  ask          tiles while 100 questions wait for a model that never answers
       npm run bench -- archive [--martin-cp FILE] [--tippecanoe FILE] [--zooms 0-10] [--points 1000000] all tiles as one file, beside theirs
       npm run bench -- exports [--points 1000000] all features of a table in each format, read back by GDAL
       npm run bench -- points --auto [--points 5000000] points that appear beside a server: their pyramid, and tiles of all zooms
       npm run bench -- suite [options]            other tile servers beside ours; see --help
       npm run bench -- beside FOLDER [--rounds 15] [--seconds 4] cached and uncached tiles of another build, in turns
       npm run bench -- instructions [FOLDER …]    instructions of a tile by valgrind, of this version and of others
       npm run bench -- growth [--full] [--svg FILE] time and memory as tables grow
       npm run bench -- copies [--polygons 100000]  polygons too large for memory, before, while and after their generalized copies are made
       npm run bench -- memory [--minutes 10]      resident memory under random tiles
       npm run bench -- memory --workers 1,2,4     memory of all processes together, by their number
       npm run bench -- santri                     the santri programme with a million students
       npm run bench -- search [--documents 100000,1000000] searches beside the textbook way, and while the index is rebuilt
       npm run bench -- freshness                  what a refresh costs readers, how soon they see its data
`;

/**
 * `npm run bench`: every speed that we speak of, as a ratio to something known, in one run; or the named
 * sections of it. All but a part of `starts` need PostgreSQL with PostGIS and start one of their own, unless
 * `BENCH_DATABASE_URL` names an empty database that peers can reach, too.
 */
const SECTIONS: Readonly<Record<string, (databaseUrl: string) => Promise<unknown>>> = {
  starts: benchFirstTiles,
  engines: benchEngines,
  points: benchPoints,
  uncached: benchUncached,
  cached: benchCached,
  overhead: benchOverhead,
  choropleths: benchChoropleths,
  ask: benchAsk,
  audit: benchAudit,
  explorer: benchExplorer,
  fairness: benchFairness,
};

const [command = '', ...args] = process.argv.slice(2);
try {
  if (command === 'suite') {
    const options = readOptions(args);
    if (options.database) await runSuite(options.database, options);
    else await onPostgres((url) => runSuite(url, options));
  } else if (command === 'growth') {
    const { values } = parseArgs({ args, options: { full: { type: 'boolean' }, svg: { type: 'string' } } });
    await onPostgres(async (url) => {
      const chart = await benchGrowth(url, values.full ?? false);
      if (values.svg) await writeFile(values.svg, chart);
    });
  } else if (command === 'beside') {
    const options = {
      rounds: { type: 'string', default: '15' },
      seconds: { type: 'string', default: '4' },
    } as const;
    const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
    const numbers = { rounds: Number(values.rounds), seconds: Number(values.seconds) };
    await onPostgres((url) => benchBeside(url, positionals[0] ?? '.', numbers));
  } else if (command === 'instructions') {
    await benchInstructions(args);
  } else if (command === 'archive') {
    const options = {
      'martin-cp': { type: 'string' },
      tippecanoe: { type: 'string' },
      zooms: { type: 'string', default: '0-10' },
      points: { type: 'string', default: '1000000' },
    } as const;
    const { zooms, points, tippecanoe, 'martin-cp': martinCp } = parseArgs({ args, options }).values;
    await onPostgres((url) => benchArchive(url, { martinCp, tippecanoe, zooms, points: Number(points) }));
  } else if (command === 'exports') {
    const options = { points: { type: 'string', default: '1000000' } } as const;
    const { points } = parseArgs({ args, options }).values;
    await onPostgres((url) => benchExports(url, Number(points)));
  } else if (command === 'copies') {
    const { values } = parseArgs({ args, options: { polygons: { type: 'string', default: '100000' } } });
    await onPostgres((url) => benchCopies(url, Number(values.polygons)));
  } else if (command === 'points' && args.includes('--auto')) {
    const options = { auto: { type: 'boolean' }, points: { type: 'string', default: '5000000' } } as const;
    const { points } = parseArgs({ args, options }).values;
    await onPostgres((url) => benchPointsAuto(url, Number(points)));
  } else if (command === 'freshness') {
    await onPostgres(benchFreshness);
  } else if (command === 'search') {
    const sizes = { documents: { type: 'string', default: '100000,1000000' } } as const;
    const { documents } = parseArgs({ args, options: sizes }).values;
    await onPostgres((url) => benchSearch(url, documents.split(',').map(Number)));
  } else if (command === 'santri') {
    await onPostgres(benchSantri);
  } else if (command === 'memory') {
    const options = { minutes: { type: 'string', default: '10' }, workers: { type: 'string' } } as const;
    const { minutes, workers } = parseArgs({ args, options }).values;
    await onPostgres((url) =>
      workers === undefined
        ? benchMemory(url, Number(minutes))
        : benchMemoryByWorkers(url, workers.split(',').map(Number)),
    );
  } else {
    await runSections();
  }
} catch (error) {
  const isUsage = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS');
  console.error(isUsage ? `${(error as Error).message}\n${USAGE}` : error);
  process.exitCode = 1;
}

async function runSections(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { json: { type: 'string' }, help: { type: 'boolean' } },
  });
  const known = Object.keys(SECTIONS);
  if (values.help || positionals.some((name) => !known.includes(name))) {
    console.log(USAGE);
    return;
  }
  const wanted = positionals.length > 0 ? positionals : known;
  if (wanted.includes('starts')) {
    await benchStarts();
    await benchEmbeddedFirstTiles();
  }
  const sections = wanted.flatMap((name) => SECTIONS[name] ?? []);
  if (sections.length > 0) {
    await onPostgres(async (url) => {
      for (const section of sections) await section(url);
    });
  }
  if (values.json) await writeFile(values.json, `${JSON.stringify(tables(), null, 2)}\n`);
}

async function onPostgres(work: (databaseUrl: string) => Promise<unknown>): Promise<void> {
  if (process.env.BENCH_DATABASE_URL) {
    await work(process.env.BENCH_DATABASE_URL);
    return;
  }
  if (postgresBinaries() === undefined) {
    console.log('\nNo PostgreSQL with PostGIS is installed: nothing to compare tiles with.');
    return;
  }
  const cluster = await startCluster();
  try {
    await work(await createDatabase(cluster.url('postgres'), 'bench'));
  } finally {
    await cluster.remove();
  }
}
