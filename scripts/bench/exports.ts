import { execFile } from 'node:child_process';
import { createWriteStream, existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { makePoints } from './points.ts';
import { table } from './report.ts';
import { startServerProcess } from './server-process.ts';

const run = promisify(execFile);

/** What GDAL needs to be told of a file. */
const FORMATS: readonly (readonly [ending: string, ...open: string[]])[] = [
  ['csv', '-oo', 'AUTODETECT_TYPE=YES'],
  ['ndjson'],
  ['geojsons'],
  ['geojson'],
  ['fgb'],
  ['parquet'],
];

/**
 * `npm run bench -- exports`: all of a table of points as a file, one format after the other from a server that has just started:
 * time, how far its memory grew, and whether GDAL reads the same rows back. The built program.
 */
export async function benchExports(url: string, points: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  const rows = [['format', 'seconds', 'size', 'memory', 'more at most', 'rows and sum by GDAL']];
  try {
    await makePoints(url, points);
    const client = new pg.Client(url);
    await client.connect();
    const { rows: sums } = await client.query<{ n: string; s: string }>(
      'select count(*) as n, sum(score) as s from bench_points',
    );
    await client.end();
    for (const [ending, ...open] of FORMATS) {
      const file = join(folder, `points.${ending}`);
      const made = await exported(url, ending, file);
      const found = await readBack(file, open);
      const is = found === `${sums[0]?.n} ${sums[0]?.s}` ? 'the same' : (found ?? 'not read by this GDAL');
      rows.push([ending, ...made, is]);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  table(`${points} points exported`, rows);
}

async function exported(url: string, ending: string, file: string): Promise<string[]> {
  const server = await startServerProcess({ DATABASE_URL: url });
  try {
    const path = `${server.url}/features/bench_points.${ending}`;
    await (await fetch(`${path}?limit=1000`)).arrayBuffer(); // compiled, as in a server that runs
    const before = await residentBytes(server.pid);
    let most = before;
    const timer = setInterval(
      () => void residentBytes(server.pid).then((now) => (most = Math.max(most, now))),
      50,
    );
    const began = performance.now();
    const { body } = await fetch(path);
    if (!body) throw new Error('nothing was sent');
    await pipeline(Readable.fromWeb(body as never), createWriteStream(file));
    const seconds = (performance.now() - began) / 1000;
    clearInterval(timer);
    return [
      seconds.toFixed(1),
      megabytes((await stat(file)).size),
      megabytes(most),
      megabytes(most - before),
    ];
  } finally {
    await server.stop();
  }
}

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return 1024 * Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0);
}

const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(0)} MB`;

/** How many rows GDAL finds in a file and what their scores add up to; undefined where it is not installed. */
async function readBack(file: string, open: readonly string[]): Promise<string | undefined> {
  if (!existsSync('/usr/bin/ogrinfo')) return undefined;
  const words = ['-ro', ...open, '-dialect', 'SQLite', '-sql'];
  const layer = file.endsWith('.fgb') ? 'bench_points' : 'points'; // a FlatGeobuf says itself what it is called
  const query = `select count(*) as n, sum(score) as s from "${layer}"`;
  const ran = await run('ogrinfo', [...words, query, file], { maxBuffer: 1_000_000 }).catch(() => undefined);
  if (!ran) return undefined; // Debian's GDAL has no Parquet
  const { stdout } = ran;
  const value = (name: string): string =>
    new RegExp(`  ${name} \\([^)]*\\) = (\\S+)`).exec(stdout)?.[1] ?? '?';
  return `${value('n')} ${value('s')}`;
}
