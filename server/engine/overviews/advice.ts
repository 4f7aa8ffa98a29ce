import { number } from '../../catalog/expressions.ts';
import type { TableLayer } from '../../catalog/types.ts';
import { ident, sql, type Sql } from '../../db/sql.ts';
import { canHaveOverviews, isCurrent } from './overviews.ts';

/** What would make tiles of a layer faster. */
export interface Advice {
  why: string;
  /** Statements to be run one by one; none where `overviews` says that copies are to be made: no statement alone keeps borders. */
  statements: readonly Sql[];
  overviews?: boolean;
}

export interface LayerState {
  /** Served from memory: PostGIS is not asked for its tiles. */
  inMemory: boolean;
  /** The layer's generation now. */
  token: string;
}

/** A scan of fewer rows than this is over before an index would have been found. */
const FEW_ROWS = 1_000;

/** Indexes and copies that the postgis engine would use and does not find. */
export function adviseLayer(layer: TableLayer, { inMemory, token }: LayerState): Advice[] {
  const { geometry, kind, estimatedRows } = layer;
  if (kind === 'view' || kind === 'foreign table') return copies(layer, { inMemory, token });
  const advice: Advice[] = [];
  // -1: never analysed, so it may have any number.
  const few = estimatedRows >= 0 && estimatedRows < FEW_ROWS;
  if (!geometry.hasIndex && !geometry.hasProjectedIndex && !few) {
    const index = indexOn(layer, sql`${ident(geometry.column)}`);
    advice.push({ why: 'the geometry has no spatial index', statements: [index, analyze(layer)] });
  }
  const isLocal = geometry.isGeography || (geometry.srid !== 3857 && geometry.srid !== 4326);
  const more = copies(layer, { inMemory, token });
  if (
    isLocal &&
    !geometry.sridAssumed &&
    !geometry.hasProjectedIndex &&
    !inMemory &&
    !few &&
    more.length === 0
  ) {
    const raw = geometry.isGeography ? sql`(${ident(geometry.column)}::geometry)` : ident(geometry.column);
    advice.push({
      why: `tiles below zoom 5 cannot be searched in SRID ${geometry.srid}: an index on the transformed geometry serves every zoom`,
      statements: [indexOn(layer, sql`st_transform(${raw}, ${number(3857)})`), analyze(layer)],
    });
  }
  return [...advice, ...more];
}

function copies(layer: TableLayer, { inMemory, token }: LayerState): Advice[] {
  if (inMemory || !canHaveOverviews(layer)) return [];
  const { overviews } = layer;
  if (isCurrent(layer, token)) return [];
  const why = overviews
    ? 'its generalized copies are of an older generation and not used'
    : 'too large for memory: projected, generalized copies make lower zooms fast';
  return [{ why, statements: [], overviews: true }];
}

function indexOn(layer: TableLayer, expression: Sql): Sql {
  return sql`create index concurrently on ${ident(layer.schema, layer.name)} using gist (${expression})`;
}

function analyze(layer: TableLayer): Sql {
  return sql`analyze ${ident(layer.schema, layer.name)}`;
}
