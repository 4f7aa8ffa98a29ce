import { aheadIn, type Measurement } from './bounds.ts';
import { percentileOf, together } from './histogram.ts';
import type { Load } from './load.ts';
import type { Memory } from './process-tree.ts';
import type { Cost } from './processor.ts';

export interface Result extends Measurement {
  /** Milliseconds of processor time per request of each, where they are known. */
  serverCpuMs: number | undefined;
  databaseCpuMs: number | undefined;
  /** Bytes received for a request, headers too. */
  meanBytes: number;
  failures: number;
  requests: number;
  /** Cores that the client took: near 1 it may have been the limit. */
  clientCores: number | undefined;
  /** Of ours: peers and figures that are ahead of it. */
  behind: string[];
}

/** What one server needs before it serves, and what it holds. */
export interface Start {
  dataset: string;
  peer: string;
  ours: boolean;
  settings: string;
  /** Milliseconds from the start of the process to the end of its first tile, at its first start and at the next. */
  firstTileMs: readonly [first: number, again: number];
  /** After its first tile, and after all that was measured without caches. */
  memory: readonly [atRest: Memory, afterLoad: Memory];
  behind: string[];
}

export interface Round {
  load: Load;
  cost: Cost;
}

/** All rounds of one server together. */
export function resultOf(
  row: Pick<Measurement, 'dataset' | 'scenario' | 'connections' | 'peer' | 'ours' | 'comparable'>,
  rounds: readonly Round[],
): Result {
  const sum = (of: (round: Round) => number | undefined): number | undefined => {
    const each = rounds.map(of);
    return each.includes(undefined) ? undefined : each.reduce((all = 0, one = 0) => all + one, 0);
  };
  const requests = sum(({ load }) => load.requests) ?? 0;
  const seconds = sum(({ load }) => load.seconds) ?? NaN;
  const perRequest = (total: number | undefined): number | undefined =>
    total === undefined || requests === 0 ? undefined : (total * 1000) / requests;
  const serverCpuMs = perRequest(sum(({ cost }) => cost.server));
  const databaseCpuMs = perRequest(sum(({ cost }) => cost.database));
  const known = serverCpuMs !== undefined && databaseCpuMs !== undefined;
  const times = together(rounds.map(({ load }) => load.times));
  const client = sum(({ load }) => load.clientSeconds);
  return {
    ...row,
    requests,
    p50: percentileOf(times, 50),
    p99: percentileOf(times, 99),
    requestsPerSecond: requests / seconds,
    cpuMs: known ? serverCpuMs + databaseCpuMs : undefined,
    serverCpuMs,
    databaseCpuMs,
    meanBytes: (sum(({ load }) => load.bytes) ?? 0) / requests,
    failures: sum(({ load }) => load.failures) ?? 0,
    clientCores: client === undefined ? undefined : client / seconds,
    behind: [],
  };
}

/** Says of our rows what is ahead of them. */
export function compared(rows: readonly Result[]): Result[] {
  return rows.map((row) => {
    if (!row.ours) return row;
    const peers = rows.filter((peer) => !peer.ours && peer.connections === row.connections);
    return { ...row, behind: peers.flatMap((peer) => named(peer.peer, aheadIn(peer, row))) };
  });
}

/** The same of starts and memory. */
export function comparedStarts(starts: readonly Start[]): Start[] {
  return starts.map((start) => {
    if (!start.ours) return start;
    const peers = starts.filter(({ ours }) => !ours);
    return { ...start, behind: peers.flatMap((peer) => named(peer.peer, lighter(peer, start))) };
  });
}

function lighter(peer: Start, own: Start): string[] {
  return [
    ...(peer.firstTileMs[0] < own.firstTileMs[0] ? ['first start'] : []),
    ...(peer.firstTileMs[1] < own.firstTileMs[1] ? ['next start'] : []),
    ...(peer.memory[0].rss < own.memory[0].rss ? ['memory at rest'] : []),
    ...(peer.memory[1].rss < own.memory[1].rss ? ['memory after load'] : []),
  ];
}

function named(peer: string, figures: readonly string[]): string[] {
  return figures.length > 0 ? [`${peer}: ${figures.join(', ')}`] : [];
}
