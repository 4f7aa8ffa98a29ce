import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sqlite from 'node-sqlite3-wasm';
import { readHeader } from '../../server/archives/format/header.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { makePoints, MAPS } from './points.ts';
import { table, times } from './report.ts';

const run = promisify(execFile);

export interface ArchiveOptions {
  /** The program of Martin that copies tiles; left out where there is none. */
  readonly martinCp: string | undefined;
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
 * `npm run bench -- archive`: files of all tiles beside martin-cp, of the same tables on the same machine, by the built program (`npm run build`).
 * The time is that of the whole process, from its start; tiles are those that have content.
 */
export async function benchArchive(url: string, options: ArchiveOptions): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  try {
    await own(url, ['seed', 'us']);
    for (const bbox of BOXES) {
      const ours = await ourArchive(url, folder, options, ['--choropleth', 'us-unemployment'], bbox);
      const theirs = await martinArchive(url, folder, options, 'us_counties', bbox);
      report(`Counties, zooms ${options.zooms}${bbox ? `, in ${bbox}` : ''}`, ours, theirs);
    }
    if (options.points === 0) return;
    await makePoints(url, options.points);
    const maps = join(folder, 'maps.yaml');
    await writeFile(maps, MAPS);
    await own(url, ['pyramid', '--maps', maps]);
    const ours = await ourArchive(url, folder, options, ['--layer', 'points', '--maps', maps]);
    const theirs = await martinArchive(url, folder, options, 'bench_points');
    report(
      `${options.points} points, zooms ${options.zooms}: cells below zoom 10, and plain points`,
      ours,
      theirs,
    );
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

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

function report(title: string, ours: Made, theirs: Made | undefined): void {
  const rate = ({ tiles, seconds }: Made): number => tiles / seconds;
  const row = (made: Made): string[] => [
    made.who,
    String(made.tiles),
    made.seconds.toFixed(1),
    rate(made).toFixed(0),
    `${(made.bytes / 1e6).toFixed(1)} MB`,
    theirs ? times(rate(made) / rate(theirs)) : '',
  ];
  table(title, [
    ['', 'tiles', 'seconds', 'tiles a second', 'file', 'beside martin-cp'],
    row(ours),
    ...(theirs ? [row(theirs)] : []),
  ]);
}
