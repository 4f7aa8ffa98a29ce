import { rest, type Frame, type Member, type Reason } from './member.ts';
import { addTables, type Selection } from './grid.ts';
import { apart, isCoarser, isSmall, type Partition } from './partition.ts';
import {
  meet,
  meetMargins,
  published,
  publishes,
  publishesAtLeast,
  type Depth,
  type Structure,
} from './structure.ts';

/**
 * Hides as little more as it takes that nothing which a child hides follows from its parent and its siblings.
 *
 * Sums of children and of their parent are known as far as their structures publish them. A sum over one child alone
 * follows from them only if it is a sum that the child publishes, or one that all of its siblings publish, taken from
 * the parent. So a child is safe if what its siblings publish together (`meet`) is no more than what it publishes
 * itself: one sibling that hides a great deal can do for many others, whatever each of them hides. What all those
 * that hide a sum have of it together follows too, so that must not be small either.
 */
export function hideTogether(frame: Frame, children: readonly Member[], parent: Member, depth: Depth): void {
  if (children.every(({ structure }) => publishesAtLeast(structure, parent.structure, depth))) return;
  hideWithSiblings(children, parent, depth);
  hideSmallSums(frame, children, parent, depth);
}

/** Makes a member publish less. */
export function coarsen(member: Member, reason: Reason & { atMost: Structure }, depth: Depth): void {
  member.structure = coarser(member.structure, reason.atMost, depth);
  member.reasons.push(reason);
}

function coarser(structure: Structure, atMost: Structure, depth: Depth): Structure {
  return depth === 'blocks' ? meet(structure, atMost) : meetMargins(structure, atMost);
}

function hideWithSiblings(children: readonly Member[], parent: Member, depth: Depth): void {
  for (;;) {
    const others = meetOfOthers(children, parent.structure);
    const open = children
      .map((member, i) => ({ member, others: others[i]! }))
      .filter(({ member, others }) => !publishesAtLeast(member.structure, others, depth))
      // Who hides most first: whoever helps that one helps others.
      .sort(
        (a, b) =>
          published(a.member.structure) - published(b.member.structure) || a.member.count - b.member.count,
      );
    const [first] = open;
    if (!first) return;
    const atMost = uncovered(first.member.structure, first.others);
    const helper = cheapest(
      children.filter((member) => member !== first.member && member.count > 0),
      [atMost],
      depth,
    );
    if (!helper) return; // nobody else counts anything: the parent is the child
    coarsen(helper.member, { because: 'sibling', of: [first.member.code], atMost }, depth);
  }
}

/** For each member what all others publish, together with their parent. */
function meetOfOthers(children: readonly Member[], parent: Structure): Structure[] {
  const before: Structure[] = [];
  let all = parent;
  for (const { structure } of children) {
    before.push(all);
    all = meet(all, structure);
  }
  let after = parent;
  const others = new Array<Structure>(children.length);
  for (let i = children.length - 1; i >= 0; i--) {
    others[i] = meet(before[i]!, after);
    after = meet(after, children[i]!.structure);
  }
  return others;
}

/** What of a structure others do not hide yet. */
function uncovered(structure: Structure, others: Structure): Structure {
  const only = (own: Partition, i: number, by: readonly Partition[]): Partition =>
    isCoarser(by[i]!, own) ? apart(own.length) : own;
  return {
    total: structure.total || !others.total,
    margins: structure.margins.map((own, i) => only(own, i, others.margins)),
    blocks: structure.blocks.map((own, i) => only(own, i, others.blocks)),
  };
}

/** Who loses the fewest figures by publishing no more than one of the structures; of equals the smallest. */
function cheapest(
  members: readonly Member[],
  choices: readonly Structure[],
  depth: Depth,
): { member: Member; atMost: Structure } | undefined {
  let best: { member: Member; atMost: Structure; loss: number } | undefined;
  for (const member of members) {
    const now = published(member.structure);
    for (const atMost of choices) {
      const loss = now - published(coarser(member.structure, atMost, depth));
      if (best && (loss > best.loss || (loss === best.loss && member.count >= best.member.count))) continue;
      best = { member, atMost, loss };
    }
  }
  return best;
}

/** Structures that are looked at for hiding one sum more. */
const MOST_CHOICES = 8;

/** What those that hide a sum have of it together can be had by subtraction. */
function hideSmallSums(frame: Frame, children: readonly Member[], parent: Member, depth: Depth): void {
  const { columns } = frame;
  const parts = columns.parts.filter((part) => !parent.withheld.has(part));
  for (const selection of sumsOf(frame, parent.structure, depth)) {
    for (;;) {
      const hiding = children.filter(({ structure }) => !publishes(structure, selection));
      if (hiding.length === 0 || !isSmallTogether(frame, hiding, selection, parts)) break;
      const choices = distinct(hiding.map(({ structure }) => structure)).slice(0, MOST_CHOICES);
      const helper = cheapest(
        children.filter((member) => member.count > 0 && !hiding.includes(member)),
        choices,
        depth,
      );
      if (!helper) break;
      const { member, atMost } = helper;
      coarsen(member, { because: 'sum', of: hiding.map(({ code }) => code), atMost }, depth);
    }
  }
}

/** What a parent publishes: its total, sums by groups of one dimension, and by groups of all at once. */
function sumsOf({ grid }: Frame, { total, margins, blocks }: Structure, depth: Depth): Selection[] {
  if (!total) return [];
  const groups = (partition: Partition): boolean[][] =>
    partition.flatMap((group, i) => (group === i ? [partition.map((own) => own === group)] : []));
  const all = grid.dimensions.map((): undefined => undefined);
  const single = margins.flatMap((partition, i) =>
    groups(partition).map((chosen) => all.with(i, chosen as never)),
  );
  const several =
    depth === 'blocks' && blocks.length > 1
      ? blocks.reduce<boolean[][][]>(
          (product, partition) =>
            product.flatMap((chosen) => groups(partition).map((group) => [...chosen, group])),
          [[]],
        )
      : [];
  return [all, ...single, ...several];
}

function isSmallTogether(
  { grid, columns, below }: Frame,
  members: readonly Member[],
  selection: Selection,
  parts: readonly string[],
): boolean {
  const tables = members.map(({ table }) => table);
  const sums = addTables(tables, [columns.count, ...parts], grid.size);
  const figures = [
    sums.get(columns.count)!,
    ...parts.flatMap((part) => [sums.get(part)!, rest(sums, columns.count, [part])]),
  ];
  return figures.some((each) => isSmall(grid.sum(each, selection), below));
}

function distinct(structures: readonly Structure[]): Structure[] {
  return [...new Map(structures.map((structure) => [JSON.stringify(structure), structure])).values()];
}
