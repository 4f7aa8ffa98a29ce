import { addTables, type Grid, type Table } from './grid.ts';
import {
  fineness,
  isSafe,
  meet,
  meetMargins,
  publishesAtLeast,
  structureOf,
  total,
  type Depth,
  type Structure,
} from './structure.ts';

/** One region of a level, with what is published of it. */
export interface Member {
  readonly code: string;
  readonly parent: string | null;
  readonly table: Table;
  structure: Structure;
  /** Columns that are not published of this region, though its counts are. */
  readonly withheld: Set<string>;
}

export interface Columns {
  /** What is counted. */
  readonly count: string;
  /** Columns that count some of what `count` counts, in the order in which they are admitted. */
  readonly parts: readonly string[];
  readonly all: readonly string[];
}

export interface Frame {
  readonly grid: Grid;
  readonly columns: Columns;
  readonly below: number;
}

export function memberOf(frame: Frame, code: string, parent: string | null, table: Table): Member {
  const { grid, columns, below } = frame;
  const structure = structureOf(grid, table.get(columns.count)!, below);
  const member: Member = { code, parent, table, structure, withheld: new Set() };
  withholdSmallParts(frame, member, 'blocks');
  return member;
}

/**
 * Makes sure that a parent and its children give away nothing of each other, from the top level down:
 *
 * - What a parent hides cannot be added up from its children, as one of them at least hides it too.
 * - What a child hides is not left when its siblings are taken from the parent: a child that publishes less than
 *   its parent gets a sibling that publishes the same, and the sums of such siblings together are not small.
 *
 * Depth `margins`: of the parent only sums over one dimension are known.
 */
export function protectChildren(
  frame: Frame,
  children: readonly Member[],
  parent: Member,
  depth: Depth,
): void {
  if (depth === 'blocks') hideInChildren(frame, children, parent);
  const hiding = children
    .filter(({ structure }) => !publishesAtLeast(structure, parent.structure, depth))
    .sort((a, b) => fineness(a.structure) - fineness(b.structure) || count(frame, a) - count(frame, b));
  const parts = frame.columns.parts.filter((part) => !parent.withheld.has(part));
  const safe = (group: readonly Member[]): boolean =>
    isSafeTogether(frame, group, parent.structure, parts, depth);
  for (const group of grouped(frame, hiding, children, safe)) {
    const common = group.map(({ structure }) => structure).reduce((a, b) => meet(a, b));
    for (const member of group) {
      member.structure = depth === 'blocks' ? common : meetMargins(member.structure, common);
    }
  }
  for (const part of frame.columns.parts) protectPart(frame, children, parent, part, depth);
}

function hideInChildren(frame: Frame, children: readonly Member[], parent: Member): void {
  const { grid, columns, below } = frame;
  if (children.some(({ structure }) => publishesAtLeast(parent.structure, structure, 'blocks'))) return;
  const finest = structureOf(grid, parent.table.get(columns.count)!, below);
  const safe = (group: readonly Member[]): boolean => isSafeTogether(frame, group, finest, [], 'blocks');
  for (const member of grow(frame, [], children, safe, 1)) {
    member.structure = meet(member.structure, parent.structure);
  }
}

/** The same for a column that a child withholds. */
function protectPart(
  frame: Frame,
  children: readonly Member[],
  parent: Member,
  part: string,
  depth: Depth,
): void {
  const hiding = children.filter(({ withheld }) => withheld.has(part));
  if (parent.withheld.has(part) && hiding.length > 0) return;
  const safe = (group: readonly Member[]): boolean =>
    isSafeTogether(frame, group, parent.structure, [part], depth);
  // One group of all that withhold it: whatever they have together is what subtraction gives.
  const group = hiding.length > 0 || parent.withheld.has(part) ? grow(frame, hiding, children, safe) : [];
  for (const member of group) member.withheld.add(part);
}

/** Whether the sums of these regions together could be published: of the count, of parts of it and of the rest. */
function isSafeTogether(
  frame: Frame,
  group: readonly Member[],
  structure: Structure,
  parts: readonly string[],
  depth: Depth,
): boolean {
  const { grid, columns, below } = frame;
  const table = sum(frame, group, [columns.count, ...parts]);
  const figures = [
    table.get(columns.count)!,
    ...parts.flatMap((part) => [table.get(part)!, rest(table, columns.count, [part])]),
  ];
  return figures.every((each) => isSafe(grid, each, structure, below, depth));
}

/** Parts the hiding members into groups of two or more whose sums are safe; siblings join where there are too few. */
function grouped(
  frame: Frame,
  hiding: readonly Member[],
  siblings: readonly Member[],
  safe: (group: readonly Member[]) => boolean,
): Member[][] {
  const groups: Member[][] = [];
  let open: Member[] = [];
  for (const member of hiding) {
    open.push(member);
    if (open.length < 2 || !safe(open)) continue;
    groups.push(open);
    open = [];
  }
  if (open.length === 0) return groups;
  const last = groups.pop() ?? [];
  return [...groups, grow(frame, [...last, ...open], siblings, safe)];
}

/** Adds siblings, the smallest first, until there are enough and their sums are safe, or all are in. */
function grow(
  frame: Frame,
  group: readonly Member[],
  siblings: readonly Member[],
  safe: (group: readonly Member[]) => boolean,
  enough = 2,
): Member[] {
  const grown = [...group];
  const others = siblings
    .filter((member) => !grown.includes(member) && count(frame, member) > 0)
    .sort((a, b) => count(frame, a) - count(frame, b));
  while (others.length > 0 && (grown.length < enough || !safe(grown))) grown.push(others.shift()!);
  return grown;
}

/**
 * A part is withheld where it, what is left of the count without it, or its difference from an admitted part
 * would be small in any published sum.
 */
function withholdSmallParts({ grid, columns, below }: Frame, member: Member, depth: Depth): void {
  const admitted: string[] = [];
  const { table, structure } = member;
  for (const part of columns.parts) {
    const figures = [
      table.get(part)!,
      rest(table, columns.count, [part]),
      ...admitted.flatMap((other) => [
        rest(table, columns.count, [part, other]),
        rest(table, part, [other]),
        rest(table, other, [part]),
      ]),
    ];
    if (figures.every((each) => isSafe(grid, positive(each), structure, below, depth))) admitted.push(part);
    else member.withheld.add(part);
  }
}

/** What is left of a column without others. */
function rest(table: Table, whole: string, parts: readonly string[]): Float64Array {
  return table
    .get(whole)!
    .map((value, i) => parts.reduce((left, part) => left - table.get(part)![i]!, value));
}

/** Where one column is no part of the other in some cell, their difference counts nothing. */
function positive(figures: Float64Array): Float64Array {
  return figures.some((value) => value < 0) ? new Float64Array(figures.length) : figures;
}

function sum({ grid }: Frame, members: readonly Member[], columns: readonly string[]): Table {
  return addTables(
    members.map(({ table }) => table),
    columns,
    grid.size,
  );
}

function count({ columns }: Frame, { table }: Member): number {
  return total(table.get(columns.count)!);
}
