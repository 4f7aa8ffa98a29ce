import { LRUCache } from 'lru-cache';
import { typeName } from '../../catalog/expressions.ts';
import { relationName, type TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import { AppError } from '../../errors.ts';
import { isVersioned, passingMoment } from '../../generations/tokens.ts';
import type { Sight } from '../../sight/sight.ts';
import type { SantriContext } from './context.ts';

/** Every how many rows a key is remembered: what lies between is stepped over by the database. */
const STRIDE = 1_000;
const KEPT_BYTES = 16_000_000;
const KEY_BYTES = 60;

/** Where the pages of one filter begin, in the order of the key. */
interface Anchors {
  readonly total: number;
  /** Key of rows 0, 1000, 2000 …, as text. */
  readonly keys: readonly string[];
}

/**
 * Pages by number, each as fast as the first: `OFFSET 900000` would read 900,000 rows, so every thousandth key of a
 * filter is read once per generation of the table, and a page begins at the one before it.
 */
export class Pages {
  readonly #ctx: Pick<SantriContext, 'db' | 'generations'>;
  readonly #anchors = new LRUCache<string, Promise<Anchors>>({
    maxSize: KEPT_BYTES,
    sizeCalculation: () => 1,
  });

  constructor(ctx: Pick<SantriContext, 'db' | 'generations'>) {
    this.#ctx = ctx;
  }

  /** Rows of one page, with how many there are in all. @throws AppError 503, 504 */
  async read<Row extends object>(
    layer: TableLayer,
    { columns, conditions, page, limit }: PageRequest,
    signal: AbortSignal,
  ): Promise<{ rows: Row[]; total: number }> {
    const { total, keys } = await this.#of(layer, conditions);
    const offset = (page - 1) * limit;
    const anchor = keys[Math.floor(offset / STRIDE)];
    if (offset >= total || anchor === undefined) return { rows: [], total };
    // `t.`, as ORDER BY takes a bare name for the output column of that name, which is a text.
    const from = sql`t.id >= ${anchor}::text::${keyType(layer)}`;
    const rows = await this.#ctx.db.run<Row>(
      sql`select ${join(columns)} from ${ident(layer.schema, layer.name)} t
        where ${join([from, ...conditions], ' and ')} order by t.id offset ${offset % STRIDE} limit ${limit}`,
      { signal, readOnly: true },
    );
    return { rows, total };
  }

  #of(layer: TableLayer, conditions: readonly Sql[]): Promise<Anchors> {
    const token = this.#ctx.generations.of(relationName(layer));
    const moment = isVersioned(token) ? token : passingMoment();
    const key = JSON.stringify([
      relationName(layer),
      moment,
      conditions.map(({ text, values }) => [text, values]),
    ]);
    const known = this.#anchors.get(key);
    if (known) return known;
    const reading = this.#readAnchors(layer, conditions);
    this.#anchors.set(key, reading, { size: KEY_BYTES });
    reading.then(
      // Its size is known only now.
      (anchors) => this.#anchors.set(key, reading, { size: KEY_BYTES * (1 + anchors.keys.length) }),
      () => this.#anchors.delete(key),
    );
    return reading;
  }

  async #readAnchors(layer: TableLayer, conditions: readonly Sql[]): Promise<Anchors> {
    const where = conditions.length > 0 ? sql`where ${join(conditions, ' and ')}` : sql``;
    const [row] = await this.#ctx.db.run<{ total: string; keys: string[] | null }>(
      sql`select count(*) as total, array_agg(id::text order by n) filter (where n % ${STRIDE}::integer = 1) as keys
        from (select id, row_number() over (order by id) as n
          from ${ident(layer.schema, layer.name)} ${where}) numbered`,
      { readOnly: true },
    );
    return { total: Number(row?.total ?? 0), keys: row?.keys ?? [] };
  }
}

export interface PageRequest {
  readonly columns: readonly Sql[];
  readonly conditions: readonly Sql[];
  /** Counted from 1. */
  readonly page: number;
  readonly limit: number;
}

function keyType(layer: TableLayer): Sql {
  return typeName(layer.columns.find(({ name }) => name === 'id') ?? { type: 'uuid' });
}

/**
 * The layer of a table of the programme.
 * @throws AppError `level_not_imported` where there is none, `layer_not_found` (404) where one may not see it, or not these columns
 */
export function tableOf(
  ctx: Pick<SantriContext, 'catalog' | 'maps'>,
  name: string,
  sight: Sight,
  columns: readonly string[] = [],
): TableLayer {
  const layer = findTable(ctx, name, sight, columns);
  if (layer) return layer;
  throw new AppError('level_not_imported', {
    detail: `there is no table public.${name} that can be read; chorograph santri up creates it`,
  });
}

/** Undefined where there is none, or none that can be read. */
export function findTable(
  { catalog, maps }: Pick<SantriContext, 'catalog' | 'maps'>,
  name: string,
  sight: Sight,
  columns: readonly string[],
): TableLayer | undefined {
  const relation = `public.${name}`;
  const layer = catalog.ofRelation(relation);
  const withheld = Object.values(maps.layers).flatMap((one) =>
    one.table === relation ? (one.withhold ?? []) : [],
  );
  if (
    layer &&
    (!catalog.seesRelation(relation, sight) || columns.some((column) => withheld.includes(column)))
  )
    throw new AppError('layer_not_found', { detail: `there is no layer ${name}` });
  return layer && !layer.problem ? layer : undefined;
}
