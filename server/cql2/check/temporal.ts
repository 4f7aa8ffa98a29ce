import type { Column } from '../../catalog/types.ts';
import type { Checking } from './checking.ts';
import { filterFault } from '../fault.ts';
import { readDate, readTimestamp } from './moments.ts';
import { columnOf, type Queryables } from './queryables.ts';
import type { Comparison, Node, Temporal } from '../tree/syntax.ts';
import type { Condition, Grain, Moment, Span, TemporalTest } from '../tree/typed.ts';

type Pair = readonly [Node, Node];

/** Each test as one of few, which it is the other way round where `swap`, and not where `negate`. */
const TESTS: Readonly<Record<Temporal, { how: TemporalTest; swap?: true; negate?: true }>> = {
  t_after: { how: 'before', swap: true },
  t_before: { how: 'before' },
  t_contains: { how: 'during', swap: true },
  t_disjoint: { how: 'intersects', negate: true },
  t_during: { how: 'during' },
  t_equals: { how: 'equals' },
  t_finishedby: { how: 'finishes', swap: true },
  t_finishes: { how: 'finishes' },
  t_intersects: { how: 'intersects' },
  t_meets: { how: 'meets' },
  t_metby: { how: 'meets', swap: true },
  t_overlappedby: { how: 'overlaps', swap: true },
  t_overlaps: { how: 'overlaps' },
  t_startedby: { how: 'starts', swap: true },
  t_starts: { how: 'starts' },
};

/** `ts = DATE('…')` means within that day, and `ts > DATE('…')` after its end. */
const COMPARISONS: Readonly<
  Record<Comparison, { how: 'before' | 'intersects'; swap?: true; negate?: true }>
> = {
  '=': { how: 'intersects' },
  '<>': { how: 'intersects', negate: true },
  '<': { how: 'before' },
  '>': { how: 'before', swap: true },
  '<=': { how: 'before', swap: true, negate: true },
  '>=': { how: 'before', negate: true },
};

const isMoment = ({ kind }: Column): boolean =>
  kind === 'date' || kind === 'timestamp' || kind === 'timestamptz';

/** Whether an expression is of dates or times. */
export function isTemporal(node: Node, { columns }: Queryables): boolean {
  if (node.is === 'instant' || node.is === 'interval') return true;
  return node.is === 'property' && columns.some((column) => column.name === node.name && isMoment(column));
}

/** @throws AppError `filter_invalid` */
export function temporalTest(name: Temporal, nodes: Pair, checking: Checking): Condition {
  const [left, right] = nodes.map((node) => readSpan(node, checking)) as [Span, Span];
  const { how, swap, negate } = TESTS[name];
  const instants = left.from === left.to && right.from === right.to;
  return test(how === 'equals' && instants ? 'intersects' : how, left, right, { swap, negate });
}

/** A comparison of instants. @throws AppError `filter_invalid` */
export function spanComparison(name: Comparison, nodes: Pair, checking: Checking): Condition {
  for (const node of nodes) {
    if (node.is === 'interval') throw filterFault(node.at, `a function such as T_DURING in place of ${name}`);
    if (node.is === 'text' || node.is === 'number')
      throw filterFault(
        node.at,
        "DATE('2024-12-31') or TIMESTAMP('2024-12-31T23:59:59Z')",
        node.is === 'text' ? node.value : node.text,
      );
  }
  const [left, right] = nodes.map((node) => readSpan(node, checking)) as [Span, Span];
  const { how, swap, negate } = COMPARISONS[name];
  return test(how, left, right, { swap, negate });
}

function test(
  how: TemporalTest,
  left: Span,
  right: Span,
  { swap, negate }: { swap: true | undefined; negate: true | undefined },
): Condition {
  const grain = grainOf([left.from, left.to, right.from, right.to]);
  const condition: Condition = swap
    ? { is: 'temporal', how, grain, left: right, right: left }
    : { is: 'temporal', how, grain, left, right };
  return negate ? { is: 'not', arg: condition } : condition;
}

function readSpan(node: Node, checking: Checking): Span {
  if (node.is !== 'interval') {
    const moment = readMoment(node, checking);
    return { from: moment, to: moment };
  }
  const span: Span = { from: readEnd(node.from, 'from', checking), to: readEnd(node.to, 'to', checking) };
  const { from, to } = span;
  const bounds = from.is === 'instant' && to.is === 'instant';
  if (bounds && from.text.slice(0, 10) > to.text.slice(0, 10))
    throw filterFault(node.at, 'an interval that begins before it ends', `${from.text}, ${to.text}`);
  return span;
}

/** An end of an interval: `..`, a date or a timestamp as bare text, or a column. */
function readEnd(node: Node, end: 'from' | 'to', checking: Checking): Moment {
  if (node.is !== 'text') return readMoment(node, checking);
  if (node.value === '..') return { is: 'open', end };
  return /[Tt]/.test(node.value)
    ? { is: 'instant', type: 'timestamp', text: readTimestamp(node.value, node.at) }
    : { is: 'instant', type: 'date', text: readDate(node.value, node.at) };
}

function readMoment(node: Node, { queryables }: Checking): Moment {
  if (node.is === 'instant') {
    const text = node.type === 'date' ? readDate(node.value, node.at) : readTimestamp(node.value, node.at);
    return { is: 'instant', type: node.type, text };
  }
  if (node.is !== 'property')
    throw filterFault(node.at, 'DATE(…), TIMESTAMP(…), INTERVAL(…) or a column of dates or times');
  const column = columnOf(queryables, node.name, node.at);
  if (!isMoment(column))
    throw filterFault(node.at, `a column of dates or times, which ${column.type} is not`, column.name);
  return { is: 'column', column };
}

function grainOf(moments: readonly Moment[]): Grain {
  const kinds = moments.map((moment) =>
    moment.is === 'column' ? moment.column.kind : moment.is === 'instant' ? moment.type : 'date',
  );
  if (kinds.every((kind) => kind === 'date')) return 'date';
  // A timestamp without a zone is taken as UTC, as everything shows it.
  return kinds.includes('timestamptz') ? 'timestamptz' : 'timestamp';
}
