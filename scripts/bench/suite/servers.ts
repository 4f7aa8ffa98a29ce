import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { projectPath } from '../../../server/tools/paths.ts';
import { fetchTile, tileUrl } from './measure.ts';
import type { Peer, SuiteOptions } from './options.ts';

/** A tile server that the suite starts. */
export interface Program {
  name: string;
  /** What it was told, for who reads the results. */
  settings: string;
  ours?: boolean;
  command: string;
  args(port: number): string[];
  environment(port: number): Record<string, string>;
  /** Below its origin, with {table}, {z}, {x} and {y}. */
  path: string;
  /** Its data folder, where it prepares layers in a file beside answering. */
  preparesIn?: string;
}

export interface RunningServer extends Peer {
  preparesIn?: string | undefined;
  pid: number;
  ours: boolean;
  /** Milliseconds from the start of its process to the end of its first tile. */
  firstTileMs: number;
  stop(): Promise<void>;
}

export interface Place {
  databaseUrl: string;
  /** Where our server keeps what it finds again at its next start. */
  folder: string;
}

/** In the middle of all data sets, and nowhere empty. */
const FIRST = { z: 6, x: 15, y: 24 };
const START_TIMEOUT_MS = 60_000;
/** Asking takes of the processor that the server needs to start. */
const ASK_AGAIN_MS = 10;
/** How long a server may take to end before it is killed. */
const END_MS = 5_000;

/** Nothing that was made is kept: every tile of a run is made anew, however often it is asked for. */
const NOTHING_KEPT = { CHOROGRAPH_TILE_CACHE_MB: '0', CHOROGRAPH_CUT_CACHE_MB: '0' };

/** What the suite starts by itself, the baseline first and ours second. */
export function programsWithoutCaches(place: Place, options: SuiteOptions): Program[] {
  return [
    baseline(place, options),
    ours(place, options, NOTHING_KEPT),
    ...(options.martin ? [martin(place, options.martin, { cacheMegabytes: 0, pool: options.pool })] : []),
    ...(options.tipg ? [tipg(place, options.tipg, options.pool)] : []),
  ];
}

/** Those of them that have caches, with them. */
export function programsWithCaches(place: Place, options: SuiteOptions): Program[] {
  return [
    ours({ ...place, folder: join(place.folder, 'kept') }, options, {}),
    ...(options.martin ? [martin(place, options.martin, { cacheMegabytes: 512, pool: options.pool })] : []),
  ];
}

/** The built server as it runs in production. */
function ours(
  { databaseUrl, folder }: Place,
  { workers }: SuiteOptions,
  own: Record<string, string>,
): Program {
  const main = projectPath('dist', 'server', 'main.js');
  if (!existsSync(main)) throw new Error('the built server is measured: npm run build first');
  const told = { WORKERS: workers ?? 'auto', ...own };
  const settings = Object.entries(told).map(([name, value]) => `${name}=${value}`);
  return {
    name: 'chorograph',
    settings: ['default settings', ...settings].join(', '),
    ours: true,
    command: process.execPath,
    args: () => [main],
    environment: (port) => ({
      ...told,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      CHOROGRAPH_DATA_DIR: folder,
      CHOROGRAPH_MAPS: 'none.yaml',
    }),
    path: '/tiles/{table}/{z}/{x}/{y}.mvt',
    preparesIn: folder,
  };
}

function baseline({ databaseUrl }: Place, { pool }: SuiteOptions): Program {
  const script = projectPath('scripts', 'bench', 'suite', 'baseline.ts');
  return {
    name: 'ST_AsMVT through pg',
    settings: `bare node:http, a pool of ${pool}`,
    command: process.execPath,
    args: (port) => ['--import', 'tsx', script, databaseUrl, String(pool), String(port)],
    environment: () => ({}),
    path: '/{table}/{z}/{x}/{y}',
  };
}

function martin(
  { databaseUrl }: Place,
  command: string,
  { cacheMegabytes, pool }: { cacheMegabytes: number; pool: number },
): Program {
  const told = ['--cache-size', String(cacheMegabytes), '--pool-size', String(pool)];
  return {
    name: 'martin',
    settings: told.join(' '),
    command,
    args: (port) => ['--listen-addresses', `127.0.0.1:${port}`, ...told, databaseUrl],
    environment: () => ({}),
    path: '/{table}/{z}/{x}/{y}',
  };
}

function tipg({ databaseUrl }: Place, python: string, pool: number): Program {
  const url = new URL(databaseUrl);
  url.protocol = 'postgresql:';
  // It insists on one, whoever asks for none.
  if (!url.password) url.password = 'any';
  const told = {
    DB_MAX_CONN_SIZE: String(pool),
    TIPG_TILE_BUFFER: '64',
    TIPG_MAX_FEATURES_PER_TILE: '100000',
  };
  return {
    name: 'tipg',
    settings: Object.entries(told)
      .map(([name, value]) => `${name}=${value}`)
      .join(' '),
    command: python,
    args: (port) => ['-m', 'uvicorn', 'tipg.main:app', '--port', String(port), '--log-level', 'warning'],
    environment: () => ({ DATABASE_URL: url.href, ...told }),
    path: '/collections/public.{table}/tiles/WebMercatorQuad/{z}/{x}/{y}',
  };
}

/** Starts a server and asks for its first tile of a table until it is there. @throws Error where it does not start */
export async function start(program: Program, table: string): Promise<RunningServer> {
  const port = await freePort();
  const template = `http://127.0.0.1:${port}${program.path.replace('{table}', table)}`;
  const began = performance.now();
  const child = spawn(program.command, program.args(port), {
    cwd: projectPath(),
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...program.environment(port) },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  let failure: Error | undefined;
  child.stderr.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-4_000)));
  child.once('error', (error) => (failure = error));
  const stop = (): Promise<void> => end(child);
  while (!(await hasTile(template))) {
    const isOver = performance.now() - began > START_TIMEOUT_MS;
    if (failure || child.exitCode !== null || isOver) {
      await stop();
      throw new Error(`${program.name} did not serve ${template}: ${failure?.message ?? ''}\n${said}`);
    }
    await sleep(ASK_AGAIN_MS);
  }
  const firstTileMs = performance.now() - began;
  const { name, ours: isOurs = false, preparesIn } = program;
  return { name, template, pid: child.pid ?? 0, ours: isOurs, firstTileMs, preparesIn, stop };
}

async function hasTile(template: string): Promise<boolean> {
  const { status, bytes } = await fetchTile(tileUrl(template, FIRST));
  return status === 200 && bytes.length > 0;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), END_MS);
  await ended;
  clearTimeout(late);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address() as AddressInfo;
        server.close(() => resolve(port));
      });
  });
}
