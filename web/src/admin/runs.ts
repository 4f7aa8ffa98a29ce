import { h } from '../dom.ts';
import { lanesChart, type Lane } from './charts.ts';
import type { Run } from './client.ts';
import { milliseconds, number, put, table, timeOf } from './parts.ts';
import { TEXTS } from './texts.ts';

/** The least that the picture spans, in ms: a minute of it would say nothing. */
const SHORTEST_MS = 600_000;
const ROWS = 12;

/** The runs of late over time, a lane for each view, and the newest of them as a table. */
export class RunsPart {
  readonly element = h('div');
  readonly #picture = h('div', {
    class: 'chart-frame',
    role: 'region',
    tabindex: 0,
    'aria-label': TEXTS.runsOverTime,
  });
  readonly #table = h('div');

  constructor() {
    this.element.append(this.#picture, this.#table);
  }

  show(runs: readonly Run[], now: number): void {
    const started = runs.filter(({ startedAt }) => startedAt !== null);
    const span = { from: Math.min(now - SHORTEST_MS, ...started.map(startOf)), to: now };
    const lanes = lanesOf(started, now);
    const failed = started.filter(({ status }) => status === 'failed').length;
    const label = TEXTS.runsPicture(
      started.length,
      lanes.length,
      failed,
      timeOf(new Date(span.from).toISOString()),
    );
    put(
      this.#picture,
      ...(lanes.length === 0
        ? []
        : [
            lanesChart(lanes, span, label),
            h(
              'ul',
              { class: 'key-list' },
              ...Object.entries(TEXTS.statuses)
                .filter(([status]) => started.some((run) => run.status === status))
                .map(([status, words]) =>
                  h('li', {}, h('span', { class: `key-mark lane-${status}`, 'aria-hidden': 'true' }), words),
                ),
            ),
          ]),
    );
    put(this.#table, table(TEXTS.refreshes, TEXTS.runColumns, runs.slice(0, ROWS).map(rowOf)));
  }
}

const startOf = ({ startedAt, queuedAt }: Run): number => Date.parse(startedAt ?? queuedAt);
const endOf = (run: Run, now: number): number =>
  run.finishedAt === null
    ? now
    : run.durationMs === null
      ? Date.parse(run.finishedAt)
      : startOf(run) + run.durationMs;

const lengthOf = ({ durationMs }: Run): string => (durationMs === null ? '' : milliseconds(durationMs));
const changedOf = ({ rowsChanged, rows }: Run): string =>
  rowsChanged !== null ? number(rowsChanged) : rows !== null ? TEXTS.rowsOf(number(rows)) : '';

/** Pure. */
export function lanesOf(runs: readonly Run[], now: number): Lane[] {
  const views = [...new Set(runs.map(({ view }) => view))].sort();
  return views.map((name) => ({
    name,
    bars: runs
      .filter(({ view }) => view === name)
      .map((run) => ({
        from: startOf(run),
        to: endOf(run, now),
        kind: run.status,
        title: [wordsOf(run.status), timeOf(run.startedAt ?? run.queuedAt), lengthOf(run), changedOf(run)]
          .filter(Boolean)
          .join(', '),
      })),
  }));
}

const wordsOf = (status: string): string => TEXTS.statuses[status as keyof typeof TEXTS.statuses] ?? status;

const rowOf = (run: Run): (string | HTMLElement)[] => [
  run.view,
  h('span', { class: 'tag', 'data-status': run.status }, wordsOf(run.status)),
  timeOf(run.startedAt ?? run.queuedAt),
  lengthOf(run),
  changedOf(run),
];
