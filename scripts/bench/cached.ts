import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { projectPath } from '../../server/tools/paths.ts';
import { seedCounties } from './growth.ts';
import { median, table, times } from './report.ts';
import { withWrk, wrk, type Load } from './wrk.ts';

const TILES = [
  { name: 'small', path: '/tiles/us_counties/9/136/200.mvt' },
  { name: 'medium', path: '/tiles/us_counties/5/8/12.mvt' },
];
const CONNECTIONS = 20;
const SECONDS = 3;
const ROUNDS = 5;
const ACCEPT = { 'accept-encoding': 'gzip, deflate, br' };
const PEERS = {
  node: 'bare node:http',
  express: 'Express 5 route, nothing else',
  stack: 'Express 5 route behind our middleware',
} as const;

/** Requests per second of one cached tile, beside servers that do nothing but send the same bytes and headers. */
export async function benchCached(databaseUrl: string): Promise<void> {
  await seedCounties(databaseUrl);
  const ours = await startOurs(databaseUrl);
  try {
    for (const tile of TILES) await benchTile(ours, tile.name, tile.path);
  } finally {
    ours.child.kill('SIGTERM');
  }
}

async function benchTile(ours: Running, name: string, path: string): Promise<void> {
  await fetchTile(ours.url + path);
  const { body, headers } = await fetchTile(ours.url + path);
  const peers = Object.keys(PEERS) as (keyof typeof PEERS)[];
  const running = await Promise.all(peers.map((kind) => startPeer(kind, body, headers)));
  try {
    const servers = [...running, ours];
    for (const server of servers) await measure(server, path, 1); // to be compiled
    const rounds: Measured[][] = servers.map(() => []);
    // In turn, so that what else the machine does hits all alike.
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, server] of servers.entries()) rounds[i]?.push(await measure(server, path, SECONDS));
    }
    const middle = (i: number, what: keyof Measured): number =>
      median((rounds[i] ?? []).map((measured) => measured[what]));
    table(
      `One cached ${name} tile, ${body.length} bytes over HTTP, ${CONNECTIONS} connections of ${withWrk ? 'wrk' : 'autocannon'}`,
      [
        [
          '',
          'requests/s',
          ...peers.map((kind) => `of ${kind}`),
          'CPU/request',
          ...peers.map((kind) => `of ${kind}`),
        ],
        ...[...Object.values(PEERS), 'Chorograph'].map((label, i) => [
          label,
          middle(i, 'rate').toFixed(0),
          ...peers.map((_, peer) => times(middle(i, 'rate') / middle(peer, 'rate'))),
          `${middle(i, 'cpu').toFixed(1)} µs`,
          ...peers.map((_, peer) => times(middle(peer, 'cpu') / middle(i, 'cpu'))),
        ]),
      ],
    );
  } finally {
    for (const { child } of running) child.kill('SIGTERM');
  }
}

/** The bytes as they travel, and the headers that the application set. */
export function fetchTile(
  url: string,
  accepted: Record<string, string> = ACCEPT,
): Promise<{ body: Buffer; headers: Record<string, string> }> {
  const byNode = ['date', 'connection', 'keep-alive', 'transfer-encoding'];
  return new Promise((resolve, reject) => {
    get(url, { headers: accepted }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => {
        const names = res.rawHeaders.filter((_, i) => i % 2 === 0);
        const own = names.filter((name) => !byNode.includes(name.toLowerCase()));
        const headers = Object.fromEntries(
          own.map((name) => [name, String(res.headers[name.toLowerCase()])]),
        );
        resolve({ body: Buffer.concat(chunks), headers });
      });
    }).on('error', reject);
  });
}

export interface Measured {
  /** Requests per second: what the machine lets through, whatever else it does. */
  rate: number;
  /** Microseconds of the server's processor time per request: what one costs. */
  cpu: number;
}

export async function measure({ url, child }: Running, path: string, seconds: number): Promise<Measured> {
  const before = cpuSeconds(child.pid);
  const { requests, rate } = withWrk
    ? await wrk(url, { connections: CONNECTIONS, seconds, headers: ACCEPT, paths: [path] })
    : await cannon(url + path, seconds);
  return { rate, cpu: ((cpuSeconds(child.pid) - before) * 1e6) / requests };
}

async function cannon(url: string, seconds: number): Promise<Load> {
  const { non2xx, errors, requests } = await autocannon({
    url,
    connections: CONNECTIONS,
    duration: seconds,
    headers: ACCEPT,
  });
  if (non2xx > 0 || errors > 0) throw new Error(`${url} answered with errors`);
  return { requests: requests.total, rate: requests.average };
}

/** User and system time of a process, in Linux's hundredths of a second. */
export function cpuSeconds(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

export interface Running {
  child: ChildProcess;
  url: string;
}

/** Our server as it runs in production, in a process of its own. */
export async function startOurs(
  databaseUrl: string,
  extra: Record<string, string> = {},
  program: readonly string[] = ['--import', 'tsx', projectPath('server', 'main.ts')],
): Promise<Running> {
  const child = spawn(process.execPath, program, {
    cwd: projectPath(),
    // The level that servers run at.
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      PORT: '0',
      WORKERS: '1',
      LOG_LEVEL: 'info',
      ...extra,
    },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (!child.stderr) throw new Error('no output');
  for await (const line of createInterface(child.stderr)) {
    const url = /ready: (http:\S+)/.exec(line)?.[1];
    if (url) return { child, url };
  }
  throw new Error('the server did not start');
}

export async function startPeer(
  kind: keyof typeof PEERS,
  body: Buffer,
  headers: Record<string, string>,
): Promise<Running> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', projectPath('scripts', 'bench', 'peers.ts'), kind],
    { cwd: projectPath(), stdio: ['pipe', 'pipe', 'inherit'] },
  );
  child.stdin?.write(`${JSON.stringify({ body: body.toString('base64'), headers })}\n`);
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) return { child, url: `http://127.0.0.1:${line}` };
  throw new Error('the peer did not start');
}
