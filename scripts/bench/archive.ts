import { execFile } from 'node:child_process';
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import sqlite from 'node-sqlite3-wasm';
import { readHeader } from '../../server/archives/format/header.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { makePoints, MAPS } from './points.ts';
import { table, times } from './report.ts';

const run = promisify(execFile);

export interface ArchiveOptions {
  /** The program of Martin that copies tiles; left out where there is none. */
  readonly martinCp: string | undefined;
  /** Tippecanoe, which reads files: what it is given is written before, and not counted. */
  readonly tippecanoe?: string | undefined;
  readonly zooms: string;
  readonly points: number;
}

interface Made {
  readonly who: string;
  readonly tiles: number;
  readonly seconds: number;
  readonly bytes: number;
}

/** All tiles that there are, and those around the counties of the continent: how many empty ones are asked for tells much. */
const BOXES = [undefined, '-125,24,-66,50'] as const;

/**
 * `npm run bench -- archive`: files of all tiles beside martin-cp and tippecanoe, of the same tables on the same machine, by the built program (`npm run build`).
 * The time is that of the whole process, from its start; tiles are those that have content.
 */
export async function benchArchive(url: string, options: ArchiveOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  try {
    await own(url, ['seed', 'us']);
    for (const bbox of BOXES) {
      const ours = await ourArchive(url, folder, options, ['--choropleth', 'us-unemployment'], bbox);
      const theirs = await martinArchive(url, folder, options, 'us_counties', bbox);
      const file = bbox ? undefined : await tippecanoeArchive(url, folder, options, 'us_counties');
      report(`Counties, zooms ${options.zooms}${bbox ? `, in ${bbox}` : ''}`, [ours, theirs, file]);
    }
    if (options.points === 0) return;
    await makePoints(url, options.points);
    const maps = join(folder, 'maps.yaml');
    await writeFile(maps, MAPS);
    await own(url, ['pyramid', '--maps', maps]);
    const ours = await ourArchive(url, folder, options, ['--layer', 'points', '--maps', maps]);
    const theirs = await martinArchive(url, folder, options, 'bench_points');
    const file = await tippecanoeArchive(url, folder, options, 'bench_points');
    const title = `${options.points} points, zooms ${options.zooms}: cells below zoom 10, and plain points`;
    report(title, [ours, theirs, file]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const own = (url: string, words: readonly string[]): Promise<unknown> =>
  run(process.execPath, [projectPath('dist', 'server', 'cli.js'), ...words], {
    cwd: projectPath(),
    env: { ...process.env, DATABASE_URL: url },
    maxBuffer: 64_000_000,
  });

async function ourArchive(
  url: string,
  folder: string,
  { zooms }: ArchiveOptions,
  what: readonly string[],
  bbox?: string,
): Promise<Made> {
  const file = join(folder, 'ours.pmtiles');
  const box = bbox === undefined ? [] : [`--bbox=${bbox}`];
  const seconds = await timed(() => own(url, ['export', ...what, '--zooms', zooms, ...box, file]));
  const header = readHeader((await readFile(file)).subarray(0, 127));
  return { who: 'chorograph export', tiles: header?.tiles ?? 0, seconds, bytes: (await stat(file)).size };
}

async function martinArchive(
  url: string,
  folder: string,
  { martinCp, zooms }: ArchiveOptions,
  source: string,
  bbox?: string,
): Promise<Made | undefined> {
  if (martinCp === undefined) return undefined;
  const file = join(folder, 'theirs.mbtiles');
  await rm(file, { force: true });
  const [from = '0', to = from] = zooms.split('-');
  const words = ['--output-file', file, '--concurrency', '4', '--min-zoom', from, '--max-zoom', to];
  const box = bbox === undefined ? [] : [`--bbox=${bbox}`];
  const more = ['--encoding', 'gzip', '--skip-agg-tiles-hash', '--source', source, ...box, url];
  const seconds = await timed(() => run(martinCp, [...words, ...more], { maxBuffer: 64_000_000 }));
  const database = new sqlite.Database(file, { readOnly: true });
  const counted = database.get('select count(*) as n from tiles where length(tile_data) > 0');
  database.close();
  return { who: 'martin-cp', tiles: Number(counted?.n), seconds, bytes: (await stat(file)).size };
}

/** Every feature in every tile that it is in, as the others have it: what tippecanoe is known for is leaving out. */
async function tippecanoeArchive(
  url: string,
  folder: string,
  { tippecanoe, zooms }: ArchiveOptions,
  source: string,
): Promise<Made | undefined> {
  if (tippecanoe === undefined) return undefined;
  const lines = join(folder, 'features.geojsons');
  await writeLines(url, source, lines);
  const file = join(folder, 'tippecanoe.pmtiles');
  const [from = '0', to = from] = zooms.split('-');
  const all = ['--drop-rate=1', '--no-feature-limit', '--no-tile-size-limit', '--detect-shared-borders'];
  const words = ['--force', '--quiet', '-P', '-Z', from, '-z', to, ...all, '-l', source, '-o', file, lines];
  const seconds = await timed(() => run(tippecanoe, words, { maxBuffer: 64_000_000 }));
  const header = readHeader((await readFile(file)).subarray(0, 127));
  return { who: 'tippecanoe', tiles: header?.tiles ?? 0, seconds, bytes: (await stat(file)).size };
}

/** A table as lines of GeoJSON. */
async function writeLines(url: string, source: string, file: string): Promise<void> {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(
      `declare lines no scroll cursor with hold for select st_asgeojson(t.*, maxdecimaldigits => 7) as line from ${source} t`,
    );
    const out = await open(file, 'w');
    for (;;) {
      const { rows } = await client.query<{ line: string }>('fetch 10000 from lines');
      if (rows.length === 0) break;
      await out.write(rows.map(({ line }) => `${line}\n`).join(''));
    }
    await out.close();
  } finally {
    await client.end();
  }
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function report(title: string, all: readonly (Made | undefined)[]): void {
  const [ours, ...others] = all.filter((made) => made !== undefined);
  const rate = ({ tiles, seconds }: Made): number => tiles / seconds;
  const row = (made: Made): string[] => [
    made.who,
    String(made.tiles),
    made.seconds.toFixed(1),
    rate(made).toFixed(0),
    `${(made.bytes / 1e6).toFixed(1)} MB`,
    ours && made !== ours ? times(rate(ours) / rate(made)) : '',
  ];
  table(title, [
    ['', 'tiles', 'seconds', 'tiles a second', 'file', 'ours beside it'],
    ...[ours, ...others].filter((made) => made !== undefined).map(row),
  ]);
}
