/** What is compared of two servers, and which way is better. */
export interface Figures {
  /** Milliseconds. */
  p50: number;
  p99: number;
  requestsPerSecond: number;
  /** Milliseconds of processor time per request, of the server and of PostgreSQL; undefined where it cannot be told. */
  cpuMs: number | undefined;
}

export interface Measurement extends Figures {
  dataset: string;
  scenario: string;
  connections: number;
  peer: string;
  ours: boolean;
  /** Whether its tiles are the baseline's: whoever leaves things out is not faster, but other. */
  comparable: boolean;
}

/** How much better than a peer ours has to be: a factor for each figure, 1 is as good as it. */
export interface Bound {
  requestsPerSecond: number;
  p50: number;
  p99: number;
  cpuMs: number;
}

export interface Verdict {
  /** Data set, scenario and connections. */
  row: string;
  peer: string;
  figure: keyof Figures;
  bound: string;
  /** Ours divided by the peer's; NaN where one of them is not known. */
  ratio: number;
  kept: boolean;
}

const NAMES: Readonly<Record<keyof Figures, string>> = {
  requestsPerSecond: 'req/s',
  p50: 'p50',
  p99: 'p99',
  cpuMs: 'CPU/tile',
};
const FIGURES = Object.keys(NAMES) as (keyof Figures)[];

const SCENARIOS = ['cold', 'panning user'];
const CONNECTIONS = [8, 32];
const BESIDE_MARTIN = { p50: 0.6, p99: 1 / 5, cpuMs: 0.5 };
const BESIDE_BASELINE: Bound = { requestsPerSecond: 1, p50: 1, p99: 1, cpuMs: 1 };

/** In which figures a peer's measurement is ahead of ours, by the names of the table. */
export function aheadIn(peer: Figures, ours: Figures): string[] {
  return FIGURES.filter((figure) => ratioOf(figure, ours, peer) < 1).map((figure) => NAMES[figure]);
}

/** Above 1 where ours is better, whichever way that is; NaN where one of them is not known. */
function ratioOf(figure: keyof Figures, ours: Figures, peer: Figures): number {
  const [a, b] = [ours[figure] ?? NaN, peer[figure] ?? NaN];
  return figure === 'requestsPerSecond' ? a / b : b / a;
}

/** What ours has to reach beside Martin and the baseline, each as kept or missed. */
export function verdicts(all: readonly Measurement[], baseline: string): Verdict[] {
  return all
    .filter(
      ({ ours, scenario, connections }) =>
        ours && SCENARIOS.includes(scenario) && CONNECTIONS.includes(connections),
    )
    .flatMap((ours) =>
      all
        .filter((peer) => !peer.ours && isSameRow(peer, ours))
        .flatMap((peer) => {
          const bound = boundOf(peer, ours.dataset, baseline);
          return bound ? FIGURES.map((figure) => verdict(figure, ours, peer, bound)) : [];
        }),
    );
}

function isSameRow(a: Measurement, b: Measurement): boolean {
  return a.dataset === b.dataset && a.scenario === b.scenario && a.connections === b.connections;
}

function boundOf({ peer }: Measurement, dataset: string, baseline: string): Bound | undefined {
  if (peer === baseline) return BESIDE_BASELINE;
  if (peer === 'martin') return { ...BESIDE_MARTIN, requestsPerSecond: dataset === 'points' ? 2 : 3 };
  return undefined;
}

function verdict(figure: keyof Figures, ours: Measurement, peer: Measurement, bound: Bound): Verdict {
  const { dataset, scenario, connections } = ours;
  const ratio = (ours[figure] ?? NaN) / (peer[figure] ?? NaN);
  const isMore = figure === 'requestsPerSecond';
  const limit = bound[figure];
  return {
    row: `${dataset}, ${scenario}, ${connections} connections`,
    peer: peer.peer,
    figure,
    bound: `${NAMES[figure]} ${limit === 1 ? (isMore ? '>' : '<') : isMore ? '≥' : '≤'} ${limit}×`,
    ratio,
    kept: isWithin(ratio, limit, isMore),
  };
}

/** As good as plain `ST_AsMVT` is not better than it; what is not known is not kept. */
function isWithin(ratio: number, limit: number, isMore: boolean): boolean {
  if (limit === 1) return isMore ? ratio > 1 : ratio < 1;
  return isMore ? ratio >= limit : ratio <= limit;
}
