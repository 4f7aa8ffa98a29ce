import type { TableLayer } from '../catalog/types.ts';
import type { Scope } from '../security/public.ts';
import type { Review } from './review/states.ts';

/** A layer that is edited. */
export interface Editable {
  readonly layer: TableLayer;
  /** The table of its rows, as a layer: what is written and locked. */
  readonly table: TableLayer;
  /** The column whose values are the ids of features. */
  readonly key: string;
  /** Columns that may be written, by name. */
  readonly columns: readonly string[];
  readonly scope: Scope;
  /** Where features are reviewed before the public sees them. */
  readonly review: Review | undefined;
}
