import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { projectPath } from '../../server/paths.ts';
import { median, table, times } from './report.ts';

const PATH = '/tiles/us_counties/5/8/12.mvt';
const CONNECTIONS = 20;
const SECONDS = 3;
const ROUNDS = 3;
const ACCEPT = { 'accept-encoding': 'gzip, deflate, br' };

/** Requests per second of one cached tile, beside servers that do nothing but send the same bytes and headers. */
export async function benchCached(databaseUrl: string): Promise<void> {
  const ours = await startOurs(databaseUrl);
  const children = [ours.child];
  try {
    const answer = await fetch(ours.url + PATH, { headers: ACCEPT });
    const body = Buffer.from(await (await rawBody(ours.url + PATH)).arrayBuffer());
    const headers = Object.fromEntries(
      [...answer.headers].filter(
        ([name]) => !['connection', 'keep-alive', 'date', 'transfer-encoding'].includes(name),
      ),
    );
    headers['content-length'] = String(body.length);
    const node = await startPeer('node', body, headers);
    const express = await startPeer('express', body, headers);
    children.push(node.child, express.child);
    const rates: Record<string, number[]> = { node: [], express: [], ours: [] };
    for (let round = 0; round < ROUNDS; round++) {
      for (const [name, { url }] of Object.entries({ node, express, ours }))
        rates[name]?.push(await rate(url));
    }
    const row = (name: string, values: number[] = []): string[] => [
      name,
      median(values).toFixed(0),
      times(median(values) / median(rates.node ?? [])),
      times(median(values) / median(rates.express ?? [])),
    ];
    table(`One cached tile of ${body.length} bytes over HTTP, ${CONNECTIONS} connections`, [
      ['', 'requests/s', 'of node:http', 'of Express'],
      row('bare node:http', rates.node),
      row('Express 5 route', rates.express),
      row('Chorograph', rates.ours),
    ]);
  } finally {
    for (const child of children) child.kill('SIGTERM');
  }
}

/** The bytes as they travel: fetch would decompress them. */
async function rawBody(url: string): Promise<Response> {
  const { get } = await import('node:http');
  return new Promise((resolve, reject) => {
    get(url, { headers: ACCEPT }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => resolve(new Response(new Uint8Array(Buffer.concat(chunks)))));
    }).on('error', reject);
  });
}

async function rate(base: string): Promise<number> {
  const result = await autocannon({
    url: base + PATH,
    connections: CONNECTIONS,
    duration: SECONDS,
    headers: ACCEPT,
  });
  if (result.non2xx > 0 || result.errors > 0) throw new Error(`${base} answered with errors`);
  return result.requests.average;
}

interface Running {
  child: ChildProcess;
  url: string;
}

async function startOurs(databaseUrl: string): Promise<Running> {
  const child = spawn(process.execPath, ['--import', 'tsx', projectPath('server', 'main.ts')], {
    cwd: projectPath(),
    env: { PATH: process.env.PATH, DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'warn' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  if (!child.stderr) throw new Error('no output');
  for await (const line of createInterface(child.stderr)) {
    const url = /ready: (http:\S+)/.exec(line)?.[1];
    if (url) return { child, url };
  }
  throw new Error('the server did not start');
}

async function startPeer(
  kind: 'node' | 'express',
  body: Buffer,
  headers: Record<string, string>,
): Promise<Running> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', projectPath('scripts', 'bench', 'peers.ts'), kind],
    {
      cwd: projectPath(),
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  child.stdin?.write(`${JSON.stringify({ body: body.toString('base64'), headers })}\n`);
  if (!child.stdout) throw new Error('no output');
  for await (const line of createInterface(child.stdout)) return { child, url: `http://127.0.0.1:${line}` };
  throw new Error('the peer did not start');
}
