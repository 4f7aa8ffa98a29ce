import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../errors.ts';
import { ident, join, literal, sql, statement, type Sql } from '../db/sql.ts';
import type { Database, Queryable, RunOptions } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';
import { number } from './expressions.ts';
import { isTransformError } from './failed-query.ts';
import { hasFinite, isFinite, plainGeometry, rawGeometry } from './geometry.ts';
import type { TableLayer } from './types.ts';

/** Why a row that has a geometry is drawn nowhere. */
export type FaultReason =
  /** A coordinate is NaN or infinite. */
  | 'not_finite'
  /** Nothing of it can stand in a tile or in GeoJSON: surfaces of triangles and faces. */
  | 'unsupported_geometry'
  /** The layer's SRID describes nothing there, so that it has no place on earth. */
  | 'outside_srid';

/** Rows of a layer that are left out of tiles and have no geometry in GeoJSON. */
export interface Faults {
  readonly count: number;
  /** The first of them. The key is as text, of several columns a list; null where the layer has none. */
  readonly rows: readonly { readonly key: string | readonly string[] | null; readonly reason: FaultReason }[];
  /** Set where only some of the rows could be looked at in the time there is. */
  readonly incomplete?: true;
}

/** Rows that cannot be drawn, and the first of them. */
export interface FaultEvent {
  type: 'layer.rows_left_out';
  layer: string;
  rows: number;
  sample: readonly object[];
}

/** Rows that are named. */
const NAMED = 10;
/** Rows outside of their SRID that a layer may have: each is told apart whenever the layer is read. */
const MAX_OUTSIDE = 1_000;
/** A layer that is large is looked at beside its tiles, and not for longer than this. */
const TIMEOUT_MS = 30_000;
/** A layer whose data changes all the time is not looked at all the time: so many times as long as that takes. */
const REST_FACTOR = 20;
const NONE: Faults = { count: 0, rows: [] };

interface Examined {
  token: string;
  /** When it may be looked at again (`performance.now()`). */
  notBefore: number;
  faults: Faults;
  guarded: TableLayer;
}

/** The rows of each layer that cannot be drawn, found once per generation, so that the others can. */
export class RowFaults {
  readonly #db: Database;
  readonly #observe: Observe<FaultEvent>;
  readonly #examined = new WeakMap<TableLayer, Examined>();
  readonly #running = new WeakMap<TableLayer, { token: string; result: Promise<Examined> }>();
  readonly #waiting = new WeakSet<TableLayer>();
  /** One large layer is looked at after the other: they take no more than one connection. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(db: Database, observe: Observe<FaultEvent>) {
    this.#db = db;
    this.#observe = observe;
  }

  /** What was last found; undefined where nobody has looked yet. */
  of(layer: TableLayer): Faults | undefined {
    return this.#examined.get(layer)?.faults;
  }

  /** The layer as queries may have it: without the rows that are known to make them fail. */
  guarded(layer: TableLayer): TableLayer {
    return this.#examined.get(layer)?.guarded ?? layer;
  }

  /**
   * Looks at the rows, unless that was done for this generation, and gives the layer as `guarded`.
   * @param leavesRoom where nobody waits for it: what is quick keeps its connections
   */
  async examine(layer: TableLayer, token: string, leavesRoom = false): Promise<TableLayer> {
    const known = this.#examined.get(layer);
    if (known?.token === token) return known.guarded;
    const running = this.#running.get(layer);
    if (running?.token === token) return (await running.result).guarded;
    const result = this.#examine(layer, token, leavesRoom).finally(() => this.#running.delete(layer));
    this.#running.set(layer, { token, result });
    return (await result).guarded;
  }

  /**
   * What a query of a layer gives. One that fails on rows outside of their SRID is asked again without these, which
   * are looked for once per generation.
   */
  async leavingOut<T>(
    layer: TableLayer,
    token: string,
    query: (guarded: TableLayer) => Promise<T>,
  ): Promise<T> {
    const before = this.guarded(layer);
    try {
      return await query(before);
    } catch (error) {
      if (!isTransformError(error)) throw error;
      const after = await this.examine(layer, token);
      if (after === before) throw error;
      return query(after);
    }
  }

  /** Looks at the rows of a layer that PostGIS makes tiles of, some time. */
  look(layer: TableLayer, token: string): void {
    const known = this.#examined.get(layer);
    if (known?.token === token || this.#waiting.has(layer)) return;
    this.#waiting.add(layer);
    const pause = Math.max(0, (known?.notBefore ?? 0) - performance.now());
    void sleep(pause, undefined, { ref: false }).then(() => {
      this.#queue = this.#queue
        .then(() => this.examine(layer, token, true))
        // What fails here fails for those who ask for the layer, too, and they are told.
        .catch(() => {})
        .finally(() => this.#waiting.delete(layer));
    });
  }

  async #examine(layer: TableLayer, token: string, leavesRoom: boolean): Promise<Examined> {
    const started = performance.now();
    const options = { readOnly: true, leavesRoom, timeoutMs: this.#db.hasMvt ? TIMEOUT_MS : undefined };
    const broken = await this.#db.run<BrokenRow>(brokenRows(layer), options).catch(unlessSlow);
    const outside = broken && (await this.#outside(layer, options));
    const boxes = outside?.slice(0, MAX_OUTSIDE).map(({ box }) => box) ?? [];
    const all = [...(outside ?? []), ...(broken ?? [])];
    const faults: Faults = {
      ...NONE,
      count: (outside?.length ?? 0) + (broken?.[0]?.count ?? 0),
      rows: all.slice(0, NAMED).map(({ key, reason }) => ({ key: keyOf(key), reason })),
      ...(outside ? {} : { incomplete: true }),
    };
    const isTold = outside && outside.length <= MAX_OUTSIDE && outside.length > 0;
    const guarded = isTold ? { ...layer, geometry: { ...layer.geometry, outside: boxes } } : layer;
    const ended = performance.now();
    const examined = { token, notBefore: ended + REST_FACTOR * (ended - started), faults, guarded };
    if (faults.count > 0 && faults.count !== this.#examined.get(layer)?.faults.count) {
      this.#observe({
        type: 'layer.rows_left_out',
        layer: layer.id,
        rows: faults.count,
        sample: faults.rows,
      });
    }
    this.#examined.set(layer, examined);
    return examined;
  }

  /** Rows that cannot be transformed; undefined where that could not be told in time. */
  async #outside(layer: TableLayer, options: RunOptions): Promise<OutsideRow[] | undefined> {
    if (WELL_KNOWN.has(layer.geometry.srid)) return [];
    try {
      const [all] = await this.#db.run<{ inside: boolean | null }>(areInside(layer), options);
      if (all?.inside !== false) return [];
    } catch (error) {
      if (!isTransformError(error)) return unlessSlow(error);
    }
    const find = async (tx: Queryable): Promise<OutsideRow[]> => {
      await tx.run(collectOutside(layer));
      const [found] = await tx.run<{ rows: OutsideRow[] }>(
        sql`select current_setting(${SETTING})::json as rows`,
      );
      return (found?.rows ?? []).map((row) => ({ ...row, reason: 'outside_srid' }));
    };
    return this.#db.transaction(find, options).catch(unlessSlow);
  }
}

interface FoundRow {
  key: string[] | null;
  reason: FaultReason;
}

/** `count` is that of all that were found, in every row. */
type BrokenRow = FoundRow & { count: number };
type OutsideRow = FoundRow & { box: string };

/** Degrees and web mercator: whatever number is there has its place, or is clipped. */
const WELL_KNOWN: ReadonlySet<number> = new Set([4326, 3857]);
/** Where an anonymous block leaves its result: it cannot return one. */
const SETTING = 'chorograph.outside';

function unlessSlow(error: unknown): undefined {
  if (error instanceof AppError && error.code === 'query_timeout') return undefined;
  throw error;
}

function keyOf(key: readonly string[] | null): string | readonly string[] | null {
  return key?.length === 1 ? (key[0] ?? null) : key;
}

function keyText(layer: TableLayer): Sql {
  const columns = (layer.key?.columns ?? []).map((name) => sql`t.${ident(name)}::text`);
  return columns.length > 0 ? sql`to_json(array[${join(columns)}])` : sql`null::json`;
}

function brokenRows(layer: TableLayer): Sql {
  // Asked for in this order: an arc through NaN has no end.
  const reason = sql`case when not ${isFinite(layer)} then 'not_finite'
    when ${plainGeometry(layer)} is null then 'unsupported_geometry' end`;
  return sql`select key, reason, count(*) over ()::int as count
    from (select ${keyText(layer)} as key, ${reason} as reason
      from ${ident(layer.schema, layer.name)} t
      where ${rawGeometry(layer)} is not null and not st_isempty(${rawGeometry(layer)}) offset 0) rows
    where reason is not null limit ${number(NAMED)}`;
}

function places(layer: TableLayer): Sql {
  return sql`from ${ident(layer.schema, layer.name)} t where ${isFinite(layer)}`;
}

/** Some projections refuse what is beyond them, others send it to infinity. */
function isInside(layer: TableLayer, plain: Sql): Sql {
  const tests = [4326, 3857].map((srid) => hasFinite(layer, sql`st_transform(${plain}, ${number(srid)})`));
  return sql`coalesce(${join(tests, ' and ')}, true)`;
}

function areInside(layer: TableLayer): Sql {
  return sql`select bool_and(${isInside(layer, plainGeometry(layer))}) as inside ${places(layer)}`;
}

/** One row after the other, as only that tells which fails. It needs no privilege but to read the table. */
function collectOutside(layer: TableLayer): Sql {
  const rows = sql`select ${plainGeometry(layer)} as plain, ${rawGeometry(layer)} as raw, ${keyText(layer)} as key ${places(layer)}`;
  const body = `declare
      one record;
      fine boolean;
      bad jsonb[] := '{}';
    begin
      for one in ${rows.text} loop
        begin
          fine := ${isInside(layer, sql`one.plain`).text};
        exception when others then
          fine := false;
        end;
        if not fine then
          bad := bad || jsonb_build_object('key', one.key, 'box', st_setsrid(st_envelope(one.raw), 0)::text);
          exit when cardinality(bad) > ${MAX_OUTSIDE};
        end if;
      end loop;
      perform set_config('${SETTING}', to_json(bad)::text, true);
    end`;
  return statement(sql`do ${literal(body)}`.text);
}
