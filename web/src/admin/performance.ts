import { h } from '../dom.ts';
import { lineChart } from './charts.ts';
import type { SlowTile } from './client.ts';
import { bytes, milliseconds, number, put, section, table, timeOf } from './parts.ts';
import { rates, trafficOf, type Traffic } from './traffic.ts';
import type { Samples } from './prometheus.ts';
import { TEXTS } from './texts.ts';

/** Readings that the line has: at one in 15 s, an hour. */
const MOST_READINGS = 240;
const ROWS = 20;

const percent = (share: number | undefined): string =>
  share === undefined ? '–' : `${number(100 * share, 1)} %`;
const seconds = (value: number | undefined): string =>
  value === undefined ? '–' : milliseconds(1000 * value);

/** How much is asked for, how fast it is answered and what was slow. */
export class PerformancePart {
  readonly traffic: HTMLElement;
  readonly slowest: HTMLElement;
  readonly #summary = h('div');
  readonly #line = h('div', { class: 'chart-frame' });
  readonly #groups = h('div');
  readonly #tiles = h('div');
  #readings: Traffic[] = [];

  constructor() {
    this.traffic = section(TEXTS.traffic, this.#summary, this.#line, this.#groups);
    this.slowest = section(TEXTS.slowest, h('p', { class: 'muted' }, TEXTS.slowestHint), this.#tiles);
  }

  show(samples: Samples | undefined, slowest: readonly SlowTile[]): void {
    put(this.#tiles, table(TEXTS.slowest, TEXTS.slowColumns, slowest.slice(0, ROWS).map(slowRow)));
    if (!samples) return put(this.#summary, h('p', { class: 'muted' }, TEXTS.noMetrics));
    const now = trafficOf(samples, Date.now());
    this.#readings = [...this.#readings, now].slice(-MOST_READINGS);
    const line = rates(this.#readings);
    const rate = line.at(-1)?.rate;
    const cards: [string, string][] = [
      [TEXTS.rate, rate === undefined ? '–' : number(rate, 1)],
      [TEXTS.requests, number(now.requests)],
      [TEXTS.tileHits, percent(now.tileHits)],
      [TEXTS.answerHits, percent(now.answerHits)],
    ];
    put(
      this.#summary,
      h(
        'dl',
        { class: 'cards' },
        ...cards.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
      ),
    );
    const most = Math.max(0, ...line.map(({ rate }) => rate));
    const words =
      line.length < 2 ? TEXTS.rateLater : TEXTS.rateLine(number(rate ?? 0, 1), number(most, 1), line.length);
    put(
      this.#line,
      ...(line.length < 2 ? [] : [lineChart(line, words)]),
      h('p', { class: 'muted detail' }, words),
    );
    const rows = now.groups.map(({ group, requests, failed, p50, p95, p99 }) => [
      TEXTS.groups[group],
      number(requests),
      number(failed),
      seconds(p50),
      seconds(p95),
      seconds(p99),
    ]);
    put(this.#groups, table(TEXTS.traffic, TEXTS.trafficColumns, rows));
  }
}

const slowRow = ({ layer, engine, z, x, y, ms, bytes: size, at, times }: SlowTile): string[] => [
  layer,
  `${z}/${x}/${y}`,
  milliseconds(ms),
  bytes(size),
  engine,
  number(times),
  timeOf(at),
];
