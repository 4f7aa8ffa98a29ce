import type { Column, TableLayer } from '../catalog/types.ts';
import type { Access } from '../sight/access.ts';
import type { ChoroplethConfig } from './maps.ts';

/** A polygon layer whose rows are regions with a stable code. */
export interface RegionSet {
  readonly id: string;
  readonly layer: TableLayer;
  readonly code: string;
  readonly name: string;
  /** What people call the level; its id where nobody says. */
  readonly label: string;
  /** The region set one level up, and the column that holds the code there. */
  readonly parent: { readonly set: string; readonly column: string } | undefined;
}

export interface Metric {
  readonly id: string;
  /** `sum` and `ratio` roll up a level or a filter without error; a `value` does not add up. */
  readonly kind: 'sum' | 'ratio' | 'value';
  /** Cube column of the sum, the published value or the ratio's numerator. */
  readonly numerator: string;
  readonly denominator: string | undefined;
  readonly multiplier: number;
  readonly label: string;
  readonly unit: string | undefined;
  /** Decimal places of the value in documents; as computed where undefined. */
  readonly digits: number | undefined;
}

/** A column that counts may be divided by, and whether the cube or the finest region set has it. */
export interface Denominator {
  readonly column: string;
  readonly from: 'cube' | 'regions';
}

export interface Suppression {
  /** Counts from 1 to one below this are hidden. */
  readonly below: number;
  /** Cube column that counts whom it protects. */
  readonly count: string;
}

export interface Cube {
  readonly schema: string;
  readonly name: string;
  readonly region: string;
  readonly dimensions: readonly string[];
  /** What people call them, of those that have a name of their own. */
  readonly labels: Readonly<Record<string, string>>;
  readonly time: string | undefined;
  readonly columns: readonly Column[];
}

/** A choropleth whose region set and cube were found as `maps.yaml` says. */
export interface Choropleth {
  readonly id: string;
  readonly title: string;
  readonly description: string | undefined;
  readonly source: string | undefined;
  /** Whom a map must name, as HTML; `source` where absent. */
  readonly attribution: string | undefined;
  /** Finest level first, then its ancestors: the levels that it can be drawn at. */
  readonly levels: readonly [RegionSet, ...RegionSet[]];
  readonly cube: Cube;
  readonly metrics: readonly [Metric, ...Metric[]];
  readonly classify: ChoroplethConfig['classify'];
  /** What `normalize=per:` may name. */
  readonly denominators: readonly Denominator[];
  readonly suppress: Suppression | undefined;
  readonly suppressBelow: number | undefined;
  /** Ratios over less than this are `unreliable`. */
  readonly unreliableBelow: number | undefined;
  /** Who may see it; everybody where absent. */
  readonly access?: Access;
  /** Differs whenever anything above does, so that answers made from another definition are told apart. */
  readonly definition: string;
}

export interface ChoroplethEntry {
  readonly id: string;
  readonly title: string;
  readonly choropleth: Choropleth | undefined;
  /** What of `maps.yaml` the database does not have. */
  readonly problem: string | undefined;
  /** Who may see it; everybody where absent. */
  readonly access?: Access;
}

/** What people call a dimension. */
export function labelOf({ labels }: Pick<Cube, 'labels'>, dimension: string): string {
  return Object.hasOwn(labels, dimension) ? labels[dimension]! : dimension;
}
