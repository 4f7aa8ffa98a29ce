import type { Grid, Table } from './grid.ts';
import type { Structure } from './structure.ts';

/** One region of a level, with what is published of it. */
export interface Member {
  readonly code: string;
  readonly parent: string | null;
  readonly table: Table;
  /** All that it counts. */
  readonly count: number;
  /** What its own small counts leave. */
  readonly own: Structure;
  structure: Structure;
  /** Columns that are not published of this region, though its counts are. */
  readonly withheld: Set<string>;
  /** Why it publishes less than its own counts would allow. */
  readonly reasons: Reason[];
}

export interface Reason {
  /** For whose sake. */
  readonly because: 'sibling' | 'sum' | 'parent' | 'part';
  /** Codes of regions that would be given away; the column, of a part. */
  readonly of: readonly string[];
  /** What it may publish at most. */
  readonly atMost?: Structure;
  readonly column?: string;
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

/** What is left of a column without others. */
export function rest(table: Table, whole: string, parts: readonly string[]): Float64Array {
  const left = table.get(whole)!.slice();
  for (const part of parts) {
    const figures = table.get(part)!;
    for (let i = 0; i < left.length; i++) left[i]! -= figures[i]!;
  }
  return left;
}
