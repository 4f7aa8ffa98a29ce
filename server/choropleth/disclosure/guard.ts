import { memberOf, protectChildren } from './family.ts';
import type { Columns, Frame, Member, Reason } from './member.ts';
import { addTables, Grid, type GridDimension, type Selection, type Table } from './grid.ts';
import { isSmall } from './partition.ts';
import type { Steps } from './steps.ts';
import { publishes } from './structure.ts';

export interface GuardInput {
  readonly dimensions: readonly GridDimension[];
  readonly columns: readonly string[];
  /** The column that counts what must not be recognised. */
  readonly count: string;
  /** Counts from 1 to one below this are hidden. */
  readonly below: number;
  /** Figures by code of the finest regions. */
  readonly tables: ReadonlyMap<string, Table>;
  /** Finest level first; codes with the code of their parent in the next level. */
  readonly levels: readonly ReadonlyMap<string, string | null>[];
}

/**
 * Why a region's figure is hidden: its count is `small`; it goes with a small one of other `values` of a dimension; it
 * would give a `sibling` away, the `sum` of several, or its `parent`; or only a `part` of the count is (or would be).
 */
export interface Why {
  readonly because: 'small' | 'values' | Reason['because'];
  /** Codes of the regions that it protects. */
  readonly of: readonly string[];
}

/** Wanted values by dimension; a dimension that is not named is not filtered. */
export type Filter = ReadonlyMap<string, readonly string[]>;

/** What of a cube may be published; see `suppress.ts` for the rule. Pure: figures in, decisions out. */
export function* decide(input: GuardInput): Steps<Guard> {
  const grid = new Grid(input.dimensions);
  const supports = new Map<string, Selection>();
  for (const column of input.columns) {
    supports.set(column, support(grid, column, input.tables.values()));
    yield;
  }
  const columns = partColumns(grid, input, supports);
  yield;
  const frame = { grid, columns, below: input.below };
  return new Guard(frame, supports, yield* protect(frame, input));
}

/** The decisions on a cube, to be asked. */
export class Guard {
  readonly #frame: Frame;
  readonly #supports: ReadonlyMap<string, Selection>;
  readonly #levels: readonly ReadonlyMap<string, Member>[];

  constructor(
    frame: Frame,
    supports: ReadonlyMap<string, Selection>,
    levels: readonly ReadonlyMap<string, Member>[],
  ) {
    this.#frame = frame;
    this.#supports = supports;
    this.#levels = levels;
  }

  /** False for a sum that could tell of a few, by itself or with others. True for a region without figures. */
  publishes(level: number, code: string, column: string, filter: Filter): boolean {
    return this.publisher(level, column, filter)(code);
  }

  /** The same for many regions. */
  publisher(level: number, column: string, filter: Filter): (code: string) => boolean {
    const members = this.#levels[level];
    const within = this.#within(column, filter);
    return (code) => {
      const member = members?.get(code);
      if (!member) return true;
      return !member.withheld.has(column) && publishes(member.structure, within);
    };
  }

  /** Why a sum is not published; undefined where it is. The filter names the cells, as in `publishes`. */
  why(level: number, code: string, column: string, filter: Filter): Why | undefined {
    const member = this.#levels[level]?.get(code);
    const within = this.#within(column, filter);
    if (!member || (!member.withheld.has(column) && publishes(member.structure, within))) return undefined;
    const { grid, columns, below } = this.#frame;
    const cells = this.#select(filter);
    if (isSmall(grid.sum(member.table.get(columns.count)!, cells), below))
      return { because: 'small', of: [] };
    if (!publishes(member.own, within)) return { because: 'values', of: [] };
    const reason = member.reasons.find(({ atMost, column: part }) =>
      atMost ? !publishes(atMost, within) : part === column,
    );
    // A part that would be small itself, or what is left without it.
    if (!reason) return { because: 'part', of: [] };
    return { because: reason.because, of: reason.of };
  }

  /** The sum of a column; `undefined` for a region without figures. */
  sum(level: number, code: string, column: string, filter: Filter): number | undefined {
    const figures = this.#levels[level]?.get(code)?.table.get(column);
    return figures && this.#frame.grid.sum(figures, this.#select(filter));
  }

  codes(level: number): string[] {
    return [...(this.#levels[level]?.keys() ?? [])];
  }

  #select(filter: Filter): Selection {
    return this.#frame.grid.dimensions.map(({ name, values }) => {
      const wanted = filter.get(name);
      return wanted && values.map((value) => value !== null && wanted.includes(value));
    });
  }

  /** The cells that a sum is made of: a column that is 0 for some values says nothing of their cells. */
  #within(column: string, filter: Filter): Selection {
    const own = this.#supports.get(column);
    return this.#select(filter).map((chosen, i) => {
      const within = own?.[i];
      return chosen && within ? chosen.map((is, value) => is && within[value]!) : (chosen ?? within);
    });
  }
}

/** Parts of the count, but for those that are the count itself under a filter: its own sums protect them. */
function partColumns(
  grid: Grid,
  { columns, count, tables }: GuardInput,
  supports: ReadonlyMap<string, Selection>,
): Columns {
  const isPart = (column: string): boolean => {
    const own = supports.get(column)!;
    const inside = Array.from({ length: grid.size }, (_, cell) => grid.contains(own, cell));
    let same = true;
    for (const table of tables.values()) {
      const [part, whole] = [table.get(column)!, table.get(count)!];
      for (let cell = 0; cell < grid.size; cell++) {
        if (part[cell]! < 0 || part[cell]! > whole[cell]!) return false;
        if (part[cell] !== (inside[cell] ? whole[cell] : 0)) same = false;
      }
    }
    return !same;
  };
  return { count, all: columns, parts: columns.filter((column) => column !== count && isPart(column)) };
}

/** Values of each dimension for which a column is not 0 everywhere. */
function support(grid: Grid, column: string, tables: Iterable<Table>): Selection {
  const cells = new Uint8Array(grid.size);
  for (const table of tables) {
    const figures = table.get(column)!;
    for (let cell = 0; cell < cells.length; cell++) if (figures[cell] !== 0) cells[cell] = 1;
  }
  const used = grid.dimensions.map(({ values }) => values.map(() => false));
  for (const [cell, isUsed] of cells.entries()) {
    if (isUsed) used.forEach((values, i) => (values[grid.valueAt(cell, i)] = true));
  }
  return used.map((values) => (values.every(Boolean) || !values.some(Boolean) ? undefined : values));
}

function* protect(frame: Frame, { tables, levels }: GuardInput): Steps<Map<string, Member>[]> {
  const result: Map<string, Member>[] = [];
  let figures = tables;
  for (const [depth, parents] of levels.entries()) {
    const members: Member[] = [];
    for (const [code, table] of figures) {
      const parent = depth < levels.length - 1 ? (parents.get(code) ?? null) : null;
      members.push(memberOf(frame, code, parent, table));
      yield;
    }
    result.push(new Map(members.map((member) => [member.code, member])));
    figures = rollUp(frame, members);
  }
  // From the top: what a region hides for its siblings' sake is known before its own children are held against it.
  for (const [depth, members] of [...result.entries()].reverse()) {
    for (const [parent, children] of families(members)) {
      const above = parent === null ? undefined : result[depth + 1]?.get(parent);
      if (above) protectChildren(frame, children, above, 'blocks');
      // Totals over a whole set are no answers of ours, but often known.
      else protectChildren(frame, children, memberOf(frame, '', null, addAll(frame, children)), 'margins');
      yield;
    }
  }
  return result;
}

function families(members: ReadonlyMap<string, Member>): Map<string | null, Member[]> {
  const groups = new Map<string | null, Member[]>();
  for (const member of members.values()) {
    const own = groups.get(member.parent);
    if (own) own.push(member);
    else groups.set(member.parent, [member]);
  }
  return groups;
}

function rollUp(frame: Frame, members: readonly Member[]): Map<string, Table> {
  const groups = families(new Map(members.map((member) => [member.code, member])));
  groups.delete(null);
  return new Map([...groups].map(([code, children]) => [code as string, addAll(frame, children)]));
}

function addAll({ grid, columns }: Frame, members: readonly Member[]): Table {
  return addTables(
    members.map(({ table }) => table),
    columns.all,
    grid.size,
  );
}
