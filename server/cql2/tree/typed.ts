import type { Column, TableLayer } from '../../catalog/types.ts';
import type { PlacedShape } from '../check/crs.ts';
import type { Arithmetic, ArrayTest, Fold } from './syntax.ts';

/** A value of a row, known to be of one sort. */
export type Scalar =
  | { readonly is: 'column'; readonly column: Column }
  /** `text` in one spelling; `value` is the double next to it. */
  | { readonly is: 'number'; readonly text: string; readonly value: number }
  | { readonly is: 'text'; readonly value: string }
  | { readonly is: 'boolean'; readonly value: boolean }
  | { readonly is: 'arithmetic'; readonly how: Arithmetic; readonly left: Scalar; readonly right: Scalar }
  | { readonly is: 'fold'; readonly how: Fold; readonly of: Scalar };

/**
 * What values are compared as: whole numbers of 64 bits and `numeric` exactly, doubles where one side is one, text by its
 * bytes, `uuid` as such so that its index serves.
 */
export type Sort = 'integer' | 'numeric' | 'double' | 'text' | 'uuid' | 'boolean';

export type Moment =
  | { readonly is: 'column'; readonly column: Column }
  | { readonly is: 'instant'; readonly type: 'date' | 'timestamp'; readonly text: string }
  | { readonly is: 'open'; readonly end: 'from' | 'to' };

/** An interval, or an instant, which is one with one end. */
export interface Span {
  readonly from: Moment;
  readonly to: Moment;
}

/** What moments are compared as; days among timestamps are intervals from their first to their last microsecond (UTC). */
export type Grain = 'date' | 'timestamp' | 'timestamptz';

export type Place2D = { readonly is: 'geometry' } | { readonly is: 'shape'; readonly placed: PlacedShape };

export type Elements =
  | { readonly is: 'column'; readonly column: Column }
  | { readonly is: 'list'; readonly items: readonly Scalar[] };

export type ElementSort = 'integer' | 'numeric' | 'double' | 'text' | 'boolean';

/** A condition with everything known: columns are the layer's, both sides of each test are of one sort. */
export type Condition =
  | { readonly is: 'and' | 'or'; readonly args: readonly Condition[] }
  | { readonly is: 'not'; readonly arg: Condition }
  | { readonly is: 'constant'; readonly value: boolean }
  | {
      readonly is: 'compare';
      readonly how: '=' | '<>' | '<' | '<=';
      readonly sort: Sort;
      readonly left: Scalar;
      readonly right: Scalar;
    }
  | { readonly is: 'in'; readonly sort: Sort; readonly value: Scalar; readonly list: readonly Scalar[] }
  | { readonly is: 'like'; readonly value: Scalar; readonly pattern: Scalar }
  | { readonly is: 'null'; readonly of: Scalar | { readonly is: 'geometry' } | Condition }
  | { readonly is: 'spatial'; readonly how: SpatialTest; readonly left: Place2D; readonly right: Place2D }
  | {
      readonly is: 'temporal';
      readonly how: TemporalTest;
      readonly grain: Grain;
      readonly left: Span;
      readonly right: Span;
    }
  | {
      readonly is: 'array';
      readonly how: ArrayTest;
      readonly sort: ElementSort;
      readonly left: Elements;
      readonly right: Elements;
    };

/** Others are these the other way round, or not these. */
export type SpatialTest = 'intersects' | 'equals' | 'touches' | 'overlaps' | 'crosses' | 'contains';

/** The same. */
export type TemporalTest =
  'before' | 'during' | 'equals' | 'finishes' | 'intersects' | 'meets' | 'overlaps' | 'starts';

/** What a condition is written for. */
export interface Writing {
  readonly layer: TableLayer;
  /** Whether only true counts, so that a test may be joined by a weaker one that an index serves. */
  readonly positive: boolean;
}
