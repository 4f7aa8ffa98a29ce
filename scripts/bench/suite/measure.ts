import { Agent, get } from 'node:http';
import type { TileCoord } from '../../../server/engine/types.ts';

export interface Measured {
  /** Milliseconds of each request, in the order they ended. */
  times: number[];
  /** Largest answer, in bytes as it travelled. */
  largest: number;
  /** Bytes of all bodies as they travelled. */
  bytes: number;
  requestsPerSecond: number;
  failures: number;
}

interface Asking {
  concurrency: number;
  seconds: number;
  /** `Accept-Encoding`; none is sent where absent. */
  encoding?: string | undefined;
  /** Begins anew where all were asked for, until the time is over. */
  again?: boolean;
}

const REQUEST_TIMEOUT_MS = 30_000;

/** Asks for the tiles in order, `concurrency` at once, until all are there or the time is over. */
export async function measure(
  template: string,
  tiles: readonly TileCoord[],
  { concurrency, seconds, encoding, again = false }: Asking,
): Promise<Measured> {
  const agent = new Agent({ keepAlive: true, maxSockets: concurrency });
  const measured: Measured = { times: [], largest: 0, bytes: 0, requestsPerSecond: 0, failures: 0 };
  const began = performance.now();
  const deadline = began + seconds * 1000;
  let next = 0;
  const worker = async (): Promise<void> => {
    while ((again || next < tiles.length) && performance.now() < deadline) {
      const started = performance.now();
      const coord = tiles[next++ % tiles.length] as TileCoord;
      const { status, bytes } = await fetchTile(tileUrl(template, coord), { agent, encoding });
      measured.times.push(performance.now() - started);
      measured.largest = Math.max(measured.largest, bytes.length);
      measured.bytes += bytes.length;
      if (!isAnswer(status)) measured.failures++;
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
  measured.requestsPerSecond = measured.times.length / ((performance.now() - began) / 1000);
  agent.destroy();
  return measured;
}

/** Some servers say of an empty tile that it is not found. */
export function isAnswer(status: number): boolean {
  return status === 200 || status === 204 || status === 404;
}

export function tileUrl(template: string, { z, x, y }: TileCoord): string {
  return template.replace('{z}', String(z)).replace('{x}', String(x)).replace('{y}', String(y));
}

/** One tile as it travels (no encoding is asked for where none is given); an unreachable server is status 0. */
export function fetchTile(
  url: string,
  { agent, encoding }: { agent?: Agent; encoding?: string | undefined } = {},
): Promise<{ status: number; bytes: Buffer }> {
  return new Promise((resolve) => {
    const failed = (): void => resolve({ status: 0, bytes: Buffer.alloc(0) });
    const headers = encoding === undefined ? {} : { 'accept-encoding': encoding };
    const request = get(url, { agent, headers, timeout: REQUEST_TIMEOUT_MS }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => resolve({ status: res.statusCode ?? 0, bytes: Buffer.concat(chunks) }));
      res.on('error', failed);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', failed);
  });
}
