import { ms, table, times } from '../report.ts';
import type { Verdict } from './bounds.ts';
import type { Memory } from './process-tree.ts';
import type { Result, Start } from './results.ts';

export interface Table {
  title: string;
  /** The first is the head. */
  rows: readonly (readonly string[])[];
  /** Rows in which ours loses, by their number. */
  lost: ReadonlySet<number>;
}

/** One scenario of a data set: all servers, at each number of connections. */
export function scenarioTable(title: string, rows: readonly Result[]): Table {
  const isOneSize = new Set(rows.map(({ connections }) => connections)).size === 1;
  const head = [
    '',
    'connections',
    'req/s',
    'p50',
    'p99',
    'CPU/tile',
    'server',
    'database',
    'mean size',
    'failed',
    'ahead of ours',
  ];
  return tableOf(
    isOneSize ? `${title}, ${rows[0]?.connections ?? 0} connections` : title,
    head,
    rows.map((row) => [
      row.comparable ? row.peer : `${row.peer} (not comparable)`,
      String(row.connections),
      row.requestsPerSecond.toFixed(0),
      ms(row.p50),
      ms(row.p99),
      time(row.cpuMs),
      time(row.serverCpuMs),
      time(row.databaseCpuMs),
      `${(row.meanBytes / 1000).toFixed(1)} kB`,
      String(row.failures),
      row.behind.join('; '),
    ]),
    rows,
  );
}

export function startTable(title: string, starts: readonly Start[]): Table {
  const head = [
    '',
    'first tile',
    'at the next start',
    'processes',
    'RSS at rest',
    'PSS',
    'RSS after load',
    'PSS',
    'ahead of ours',
  ];
  return tableOf(
    title,
    head,
    starts.map(({ peer, firstTileMs: [first, again], memory: [atRest, afterLoad], behind }) => [
      peer,
      ms(first),
      ms(again),
      String(afterLoad.processes),
      megabytes(atRest.rss),
      pss(atRest),
      megabytes(afterLoad.rss),
      pss(afterLoad),
      behind.join('; '),
    ]),
    starts,
  );
}

export function verdictTable(verdicts: readonly Verdict[]): Table {
  return {
    title: 'What ours has to reach, as ours divided by the other',
    rows: [
      ['', 'beside', 'bound', 'measured', ''],
      ...verdicts.map(({ row, peer, bound, ratio, kept }) => [
        row,
        peer,
        bound,
        Number.isNaN(ratio) ? '–' : times(ratio),
        kept ? 'kept' : 'MISSED',
      ]),
    ],
    lost: new Set(verdicts.flatMap(({ kept }, i) => (kept ? [] : [i + 1]))),
  };
}

export function print({ title, rows, lost }: Table): void {
  table(title, rows, lost);
}

/** The same tables in Markdown; rows in which ours loses are bold. */
export function markdownOf(tables: readonly Table[]): string {
  return tables
    .map(({ title, rows: [head = [], ...rows], lost }) => {
      const lines = rows.map((row, i) =>
        line(lost.has(i + 1) ? row.map((cell) => (cell === '' ? '' : `**${cell}**`)) : row),
      );
      return [`### ${title}`, '', line(head), line(head.map(() => '---')), ...lines, ''].join('\n');
    })
    .join('\n');
}

function line(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function tableOf(
  title: string,
  head: readonly string[],
  rows: readonly (readonly string[])[],
  of: readonly { behind: readonly string[] }[],
): Table {
  return {
    title,
    rows: [head, ...rows],
    lost: new Set(of.flatMap(({ behind }, i) => (behind.length > 0 ? [i + 1] : []))),
  };
}

function time(value: number | undefined): string {
  return value === undefined ? '–' : ms(value);
}

function megabytes(value: number): string {
  return `${value.toFixed(0)} MB`;
}

function pss({ pss: value }: Memory): string {
  return value === undefined ? '–' : megabytes(value);
}
