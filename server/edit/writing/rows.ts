import { isDeepStrictEqual } from 'node:util';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import {
  featureQuery,
  featuresQuery,
  isAnyRow,
  featureText,
  isId,
  isRow,
  noFeature,
  rowVersion,
  type PageRow,
} from '../../features/public.ts';
import type { System } from '../../ogc/public.ts';
import { moveRow, noteSteps, type Moved } from '../review/history.ts';
import { checkStep, checkWrite, stateOf, type State, type Step } from '../review/states.ts';
import type { Scope } from '../../security/public.ts';
import type { Editable } from '../editable.ts';
import { invalid, fault, type Fault } from '../request/fault.ts';
import { notWritable, type Written } from '../request/feature.ts';
import { columnValue } from './geometry.ts';

/** A row as it is: its feature as GeoJSON, and its version. */
export interface Current {
  readonly text: string;
  readonly version: string;
  /** Of its review; undefined where there is none. */
  readonly state: State | undefined;
}

/** Who writes. */
interface Writer {
  readonly actor: string;
  readonly scopes: readonly Scope[];
}

/** The layer that is written to, what coordinates are in, and what the key that writes may do. */
export interface Where {
  readonly editable: Editable;
  readonly system: System;
  readonly scopes: readonly Scope[];
}

/** Writes rows of a layer in one transaction. */
export class Rows {
  readonly #tx: Queryable;
  readonly #editable: Editable;
  readonly #system: System;
  readonly #writer: Writer;

  constructor(tx: Queryable, { editable, system, scopes }: Where, { actor }: Pick<Writer, 'actor'>) {
    this.#tx = tx;
    this.#editable = editable;
    this.#system = system;
    this.#writer = { actor, scopes };
  }

  /** The row as it is now, and as it stays until the transaction ends. @throws AppError `feature_not_found` */
  lock(id: string): Promise<Current> {
    return this.#read(id, sql` for update of t`);
  }

  /** The row as it is. @throws AppError `feature_not_found` */
  read(id: string): Promise<Current> {
    return this.#read(id, sql``);
  }

  /** Those of several rows that are there, by id, locked one after the other in the order of their keys. */
  async lockAll(ids: readonly string[]): Promise<ReadonlyMap<string, Current>> {
    if (ids.length === 0) return new Map();
    const { layer, table } = this.#editable;
    const query = featuresQuery(table, layer.columns, ids, this.#also());
    const found = await this.#tx.run<PageRow>(sql`${query} for update of t`);
    return new Map(found.map((row) => [String(row.k0), this.#current(row)]));
  }

  /** Versions of rows by their ids. */
  async versions(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map();
    const { table, key } = this.#editable;
    const found = await this.#tx.run<{ id: string; version: string }>(
      sql`select t.${ident(key)}::text as id, ${rowVersion(table)} as version
        from ${ident(table.schema, table.name)} t where ${isAnyRow(table, ids)}`,
    );
    return new Map(found.map(({ id, version }) => [id, version]));
  }

  async #read(id: string, locking: Sql): Promise<Current> {
    const { layer, table } = this.#editable;
    if (!isId(table, id)) throw noFeature(layer, id);
    const query = featureQuery(table, layer.columns, id, undefined, this.#also());
    const [row] = await this.#tx.run<PageRow>(sql`${query}${locking}`);
    if (!row) throw noFeature(layer, id);
    return this.#current(row);
  }

  /** What is read of a row besides its feature. */
  #also(): Sql[] {
    const { table, review } = this.#editable;
    const version = sql`${rowVersion(table)} as version`;
    return review ? [version, sql`t.${ident(review.column)}::text as state`] : [version];
  }

  #current(row: PageRow): Current {
    const { layer, table, review } = this.#editable;
    return {
      text: featureText({ layer: table, columns: layer.columns }, row),
      version: String(row.version),
      state: review && stateOf(row.state as string | null),
    };
  }

  /** @returns the id of the new feature */
  async create({ values: given, geometry }: Written): Promise<string> {
    const { table, key, review } = this.#editable;
    const values = review ? new Map([...given, [review.column, 'draft']]) : given;
    const columns = [...values.keys()].map((name) => ident(name));
    const items = columns.map((name) => sql`r.${name}`);
    if (geometry) {
      columns.push(ident(table.geometry.column));
      items.push(columnValue(table, this.#system, geometry));
    }
    const into = sql`insert into ${ident(table.schema, table.name)} as t`;
    const what =
      columns.length === 0
        ? sql`default values`
        : sql`(${join(columns)}) select ${join(items)} from ${this.#record(values)}`;
    const [row] = await this.#tx.run<{ id: string }>(
      sql`${into} ${what} returning t.${ident(key)}::text as id`,
    );
    if (!row) throw keptOut();
    if (review) await this.#note({ feature: row.id, from: undefined, to: 'draft', comment: undefined });
    return row.id;
  }

  /** Brings the feature to another state of its review. @throws AppError `review_refused`, `forbidden`, `edit_invalid` */
  async move(id: string, step: Step, { state }: Current): Promise<void> {
    const { review } = this.#editable;
    if (!review || state === undefined)
      throw new AppError('review_refused', { detail: 'features of this layer are not reviewed' });
    checkStep(state, step, review, this.#writer.scopes);
    await moveRow(this.#tx, this.#editable, id, step.to);
    await this.#note({ feature: id, from: state, ...step });
  }

  #note(step: Omit<Moved, 'actor'>): Promise<void> {
    return noteSteps(this.#tx, this.#editable, [{ ...step, actor: this.#writer.actor }]);
  }

  #checkState({ state }: Current): void {
    const { review } = this.#editable;
    if (review && state !== undefined) checkWrite(state, review, this.#writer.scopes);
  }

  /** Writes what is said. @throws AppError `edit_invalid` where it says another value of what is not edited */
  async change(
    id: string,
    { values, defaults, geometry, echoes, id: said }: Written,
    current: Current,
  ): Promise<void> {
    this.#checkState(current);
    refuseEchoes(echoes, said, id, current, this.#editable.key);
    const { table } = this.#editable;
    const sets = [
      ...[...values.keys()].map((name) => sql`${ident(name)} = r.${ident(name)}`),
      ...defaults.map((name) => sql`${ident(name)} = default`),
    ];
    if (geometry !== undefined) {
      const value = geometry === null ? sql`null` : columnValue(table, this.#system, geometry);
      sets.push(sql`${ident(table.geometry.column)} = ${value}`);
    }
    if (sets.length === 0) return;
    const rows = await this.#tx.run(sql`update ${ident(table.schema, table.name)} as t set ${join(sets)}
      from ${this.#record(values)} where ${isRow(table, id)} returning 1 as one`);
    if (rows.length === 0) throw keptOut();
  }

  async remove(id: string, current: Current): Promise<void> {
    this.#checkState(current);
    const { table } = this.#editable;
    const rows = await this.#tx.run(
      sql`delete from ${ident(table.schema, table.name)} as t where ${isRow(table, id)} returning 1 as one`,
    );
    if (rows.length === 0) throw keptOut();
  }

  /** Values as a row of the table, made of JSON by the types of its columns. */
  #record(values: ReadonlyMap<string, unknown>): Sql {
    const { schema, name } = this.#editable.table;
    return sql`json_populate_record(null::${ident(schema, name)}, ${JSON.stringify(Object.fromEntries(values))}::json) r`;
  }
}

const keptOut = (): AppError =>
  new AppError('edit_conflict', { detail: 'a rule of the database keeps this from being done' });

/** Whoever sends a feature back as it was read sends what is not edited, too. */
function refuseEchoes(
  echoes: Written['echoes'],
  said: string | undefined,
  id: string,
  { text }: Current,
  key: string,
): void {
  const { properties } = JSON.parse(text) as { properties: Record<string, unknown> };
  const faults: Fault[] = echoes
    .filter(([name, value]) => name !== key && !isDeepStrictEqual(properties[name], value))
    .map(([name, value]) => notWritable(name, value));
  if (said !== undefined && said !== id) faults.push(fault('id', said, `left out, or ${id}`));
  if (faults.length > 0) throw invalid(faults);
}
