import { add, addTables, type Grid, type Table } from './grid.ts';
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
  /** All that it counts. */
  readonly count: number;
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
  const counts = table.get(columns.count)!;
  const structure = structureOf(grid, counts, below);
  const member: Member = { code, parent, table, count: total(counts), structure, withheld: new Set() };
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
    .map((member) => ({ member, published: fineness(member.structure) }))
    .sort((a, b) => a.published - b.published || a.member.count - b.member.count)
    .map(({ member }) => member);
  const parts = frame.columns.parts.filter((part) => !parent.withheld.has(part));
  const together: Together = {
    columns: [frame.columns.count, ...parts],
    safe: (table) => isSafeTogether(frame, table, parent.structure, parts, depth),
  };
  for (const group of grouped(frame, hiding, children, together)) {
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
  const together: Together = {
    columns: [columns.count],
    safe: (table) => isSafeTogether(frame, table, finest, [], 'blocks'),
  };
  for (const member of grow(frame, [], children, together, 1)) {
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
  const together: Together = {
    columns: [frame.columns.count, part],
    safe: (table) => isSafeTogether(frame, table, parent.structure, [part], depth),
  };
  // One group of all that withhold it: whatever they have together is what subtraction gives.
  const group = hiding.length > 0 || parent.withheld.has(part) ? grow(frame, hiding, children, together) : [];
  for (const member of group) member.withheld.add(part);
}

/** Whether sums of several regions could be published: of the count, of parts of it and of the rest. */
function isSafeTogether(
  { grid, columns, below }: Frame,
  sums: Table,
  structure: Structure,
  parts: readonly string[],
  depth: Depth,
): boolean {
  const figures = [
    sums.get(columns.count)!,
    ...parts.flatMap((part) => [sums.get(part)!, rest(sums, columns.count, [part])]),
  ];
  return figures.every((each) => isSafe(grid, each, structure, below, depth));
}

/** What is asked of a group of regions. */
interface Together {
  /** The columns that are looked at. */
  readonly columns: readonly string[];
  /** Whether their sums over the group may be known. */
  readonly safe: (sums: Table) => boolean;
}

/** Parts the hiding members into groups of two or more whose sums are safe; siblings join where there are too few. */
function grouped(
  frame: Frame,
  hiding: readonly Member[],
  siblings: readonly Member[],
  together: Together,
): Member[][] {
  const groups: Member[][] = [];
  let open: Member[] = [];
  let sums = sum(frame, open, together.columns);
  for (const member of hiding) {
    open.push(member);
    addTo(sums, member);
    if (open.length < 2 || !together.safe(sums)) continue;
    groups.push(open);
    open = [];
    sums = sum(frame, open, together.columns);
  }
  if (open.length === 0) return groups;
  const last = groups.pop() ?? [];
  return [...groups, grow(frame, [...last, ...open], siblings, together)];
}

/** Adds siblings, the smallest first, until there are enough and their sums are safe, or all are in. */
function grow(
  frame: Frame,
  group: readonly Member[],
  siblings: readonly Member[],
  { columns, safe }: Together,
  enough = 2,
): Member[] {
  const grown = [...group];
  const inside = new Set(group);
  const sums = sum(frame, group, columns);
  const others = siblings
    .filter((member) => !inside.has(member) && member.count > 0)
    .sort((a, b) => a.count - b.count);
  for (const member of others) {
    if (grown.length >= enough && safe(sums)) break;
    grown.push(member);
    addTo(sums, member);
  }
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
  const left = table.get(whole)!.slice();
  for (const part of parts) {
    const figures = table.get(part)!;
    for (let i = 0; i < left.length; i++) left[i]! -= figures[i]!;
  }
  return left;
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

/** Adds a member's figures to sums in place. */
function addTo(sums: Table, { table }: Member): void {
  for (const [column, figures] of sums) add(figures, table.get(column)!);
}
