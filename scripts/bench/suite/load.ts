import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TileCoord } from '../../../server/engine/types.ts';
import { asSent, countOf, type Histogram } from './histogram.ts';
import { measure, tileUrl, type Measured } from './measure.ts';

export interface Asking {
  connections: number;
  seconds: number;
  /** `Accept-Encoding`; none is sent where absent. */
  encoding?: string | undefined;
}

export interface Load {
  times: Histogram;
  requests: number;
  seconds: number;
  /** Answers that are none: 5xx, 4xx other than that there is nothing, cut connections. */
  failures: number;
  /** All that was received, headers too. */
  bytes: number;
  /** Processor time that the client took (s), where it is a process of its own. */
  clientSeconds: number | undefined;
}

/** Takes a small part of the processor that a client in Node takes, and so leaves the servers to be the limit. */
export const withWrk = spawnSync('wrk', ['-v']).error === undefined;
/** How long an answer may take at all (s). */
const TIMEOUT = 10;

/** Asks for the tiles in turn, again and again, from all connections together, until the time is over. */
export async function ask(template: string, tiles: readonly TileCoord[], asking: Asking): Promise<Load> {
  if (withWrk) return wrk(template, tiles, asking);
  const { connections: concurrency, seconds, encoding } = asking;
  return loadOf(await measure(template, tiles, { concurrency, seconds, encoding, again: true }));
}

/** What the client of this process measured. */
export function loadOf({ times, requestsPerSecond, failures, bytes }: Measured): Load {
  const counted = new Map<number, number>();
  for (const time of times) {
    const µs = Math.round(time * 1000);
    counted.set(µs, (counted.get(µs) ?? 0) + 1);
  }
  const requests = times.length;
  const seconds = requests / requestsPerSecond;
  return { times: counted, requests, seconds, failures, bytes, clientSeconds: undefined };
}

async function wrk(
  template: string,
  tiles: readonly TileCoord[],
  { connections, seconds, encoding }: Asking,
): Promise<Load> {
  const urls = tiles.map((coord) => new URL(tileUrl(template, coord)));
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-wrk-'));
  const script = join(folder, 'tiles.lua');
  await writeFile(script, scriptOf(urls.map(({ pathname, search }) => pathname + search)));
  const before = childSeconds();
  try {
    const headers = encoding === undefined ? [] : ['-H', `Accept-Encoding: ${encoding}`];
    const args = ['-t', '1', '-c', String(connections), '-d', `${seconds}s`, '--timeout', `${TIMEOUT}s`];
    const { stdout } = await promisify(execFile)(
      'wrk',
      [...args, '-s', script, ...headers, urls[0]?.origin ?? ''],
      {
        maxBuffer: 64 * 1024 * 1024,
      },
    );
    return { ...readWrk(stdout, connections), clientSeconds: childSeconds() - before };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Requests are written once; in the end all times are told. */
function scriptOf(paths: readonly string[]): string {
  return `local paths, written, at = { ${paths.map((path) => JSON.stringify(path)).join(', ')} }, {}, 0
function init() for i, path in ipairs(paths) do written[i] = wrk.format('GET', path) end end
function request() at = at % #written + 1; return written[at] end
function done(summary, latency)
  local e = summary.errors
  io.write(string.format('\\nall %d %d %d %d %d\\n', summary.duration, summary.requests, summary.bytes,
    e.status, e.connect + e.read + e.write + e.timeout))
  for i = 1, #latency do io.write(string.format('%d %d\\n', latency(i))) end
end
`;
}

/** Reads what `done` of the script wrote. @throws Error where a time is missing, or one too many */
function readWrk(stdout: string, connections: number): Omit<Load, 'clientSeconds'> {
  const [head = '', ...lines] = stdout
    .slice(stdout.indexOf('\nall ') + 5)
    .trim()
    .split('\n');
  const [duration = NaN, requests = 0, bytes = 0, refused = 0, broken = 0] = head.split(' ').map(Number);
  const counted = new Map(lines.map((line) => line.split(' ').map(Number) as [number, number]));
  const onEach = Math.floor(requests / connections);
  const times = onEach > 0 ? asSent(counted, requests, Math.floor(duration / onEach)) : counted;
  if (countOf(times) !== requests)
    throw new Error(`wrk told ${countOf(times)} times of ${requests} requests: its statistics are others`);
  return { times, requests, seconds: duration / 1e6, failures: refused + broken, bytes };
}

/** proc(5): processor time (s) of this process's children that have ended. */
function childSeconds(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
