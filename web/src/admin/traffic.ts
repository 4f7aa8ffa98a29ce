import { buckets, quantile, total, type Samples } from './prometheus.ts';

/** Groups of routes, the first that fits. */
const GROUPS = {
  tiles: /\/:z\/|\.pmtiles$/,
  choropleths: /^\/(gis|embed|oembed)/,
  features: /^\/(features|ogc|tiles|search|joins|edit)/,
  ask: /^\/(gemini|mcp)/,
  operations: /^\/(health|metrics|audit|refreshes|events)/,
  pages: /./,
} as const;
export type Group = keyof typeof GROUPS;

export const groupOf = (route: string): Group =>
  (Object.keys(GROUPS) as Group[]).find((group) => GROUPS[group].test(route)) ?? 'pages';

export interface GroupTraffic {
  readonly group: Group;
  readonly requests: number;
  /** Answers with 5xx. */
  readonly failed: number;
  /** Seconds; undefined where there was none. */
  readonly p50: number | undefined;
  readonly p95: number | undefined;
  readonly p99: number | undefined;
}

export interface Traffic {
  /** When it was read, in ms. */
  readonly at: number;
  readonly requests: number;
  /** Tiles answered from a cache, of all tiles; undefined where there were none. */
  readonly tileHits: number | undefined;
  /** The same of documents and pictures. */
  readonly answerHits: number | undefined;
  readonly groups: readonly GroupTraffic[];
}

const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);
const isHit = (outcome = ''): boolean => outcome === 'hit' || outcome === 'shared' || outcome === 'coalesced';

/** What the counters of a server say, all of them since it started. Pure. */
export function trafficOf(samples: Samples, at: number): Traffic {
  const inGroup =
    (group: Group) =>
    ({ route = '' }: Readonly<Record<string, string>>): boolean =>
      groupOf(route) === group;
  const groups = (Object.keys(GROUPS) as Group[]).map((group) => {
    const times = buckets(samples, 'http_request_duration_seconds', inGroup(group));
    return {
      group,
      requests: total(samples, 'http_requests_total', inGroup(group)),
      failed: total(
        samples,
        'http_requests_total',
        (labels) => inGroup(group)(labels) && labels.status === '5xx',
      ),
      p50: quantile(times, 0.5),
      p95: quantile(times, 0.95),
      p99: quantile(times, 0.99),
    };
  });
  return {
    at,
    requests: total(samples, 'http_requests_total'),
    tileHits: share(
      total(samples, 'tiles_total', ({ cache }) => isHit(cache)),
      total(samples, 'tiles_total'),
    ),
    answerHits: share(
      total(samples, 'cache_requests_total', ({ outcome }) => isHit(outcome)),
      total(samples, 'cache_requests_total'),
    ),
    groups: groups.filter(({ requests }) => requests > 0),
  };
}

/** Requests in a second between readings, one for each but the first; a server that started anew begins at nothing. */
export function rates(readings: readonly Traffic[]): { at: number; rate: number }[] {
  return readings.slice(1).map(({ at, requests }, i) => {
    const before = readings[i]!;
    const more = requests >= before.requests ? requests - before.requests : requests;
    return { at, rate: (1000 * more) / Math.max(1, at - before.at) };
  });
}
