import { barChart, type Row } from './chart.ts';
import type { Result } from './results.ts';

/** Tiles that no cache has, as asked for by a few: what is asked for again is a matter of caches. */
const CHARTED = ['cold', 'panning user'];
const USUAL = 8;

export function chartOf(results: readonly Result[]): string {
  const charted = results.filter(
    ({ scenario, connections }) => CHARTED.includes(scenario) && connections === USUAL,
  );
  const names = [...new Set(charted.map((row) => `${row.dataset}, ${row.scenario}`))];
  const groups = names.map((name) => ({
    name,
    rows: charted
      .filter((row) => `${row.dataset}, ${row.scenario}` === name)
      .map(({ peer, p50, p99, cpuMs, ours }): Row => ({ label: peer, values: [p50, p99, cpuMs], ours })),
  }));
  return barChart(
    `Tiles over HTTP that no cache has, ${USUAL} connections (logarithmic, shorter is better)`,
    [
      { name: 'median time', unit: 'ms' },
      { name: '99th percentile', unit: 'ms' },
      { name: 'processor time per tile', unit: 'ms' },
    ],
    groups,
  );
}
