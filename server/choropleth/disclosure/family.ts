import { add, addTables, type Table } from './grid.ts';
import { rest, type Frame, type Member } from './member.ts';
import { coarsen, hideTogether } from './siblings.ts';
import {
  isSafe,
  meet,
  publishesAtLeast,
  structureOf,
  total,
  type Depth,
  type Structure,
} from './structure.ts';

export function memberOf(frame: Frame, code: string, parent: string | null, table: Table): Member {
  const { grid, columns, below } = frame;
  const counts = table.get(columns.count)!;
  const structure = structureOf(grid, counts, below);
  const member: Member = {
    ...{ code, parent, table, count: total(counts), own: structure, structure },
    ...{ withheld: new Set(), reasons: [] },
  };
  withholdSmallParts(frame, member, 'blocks');
  return member;
}

/**
 * Makes sure that a parent and its children give away nothing of each other, from the top level down:
 *
 * - What a parent hides cannot be added up from its children, as they do not publish it together.
 * - What a child hides is not left when its siblings are taken from the parent: see `hideTogether`.
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
  hideTogether(frame, children, parent, depth);
  for (const part of frame.columns.parts) protectPart(frame, children, parent, part, depth);
}

function hideInChildren(frame: Frame, children: readonly Member[], parent: Member): void {
  const { grid, columns, below } = frame;
  const together = children.map(({ structure }) => structure).reduce((a, b) => meet(a, b));
  if (publishesAtLeast(parent.structure, together, 'blocks')) return;
  const finest = structureOf(grid, parent.table.get(columns.count)!, below);
  const safe = (table: Table): boolean => isSafeTogether(frame, table, finest, [], 'blocks');
  for (const member of grow(frame, [], children, { columns: [columns.count], safe }, 1)) {
    coarsen(member, { because: 'parent', of: [parent.code], atMost: parent.structure }, 'blocks');
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
  for (const member of group) {
    if (member.withheld.has(part)) continue;
    member.withheld.add(part);
    member.reasons.push({ because: 'part', of: hiding.map(({ code }) => code), column: part });
  }
}

/** Whether sums of several regions could be published: of the count, of parts of it and of the rest. */
export function isSafeTogether(
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
