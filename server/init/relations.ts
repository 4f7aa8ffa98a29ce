import { sqlFile } from '../db/files.ts';
import { ident, type Sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';

export interface ForeignKey {
  readonly column: string;
  /** `schema.table`, and its column. */
  readonly references: string;
  readonly referenced: string;
}

export interface RelationColumn {
  readonly name: string;
  readonly type: string;
  /** That of its type: `N` numbers, `S` text, `E` enums, `D` dates, … */
  readonly category: string;
}

/** A table or view of the database as `sql/init/relations.sql` has it. */
export interface Relation {
  readonly schema: string;
  readonly name: string;
  readonly kind: 'r' | 'p' | 'v' | 'm' | 'f';
  readonly columns: readonly RelationColumn[];
  readonly uniqueKeys: readonly (readonly string[])[];
  readonly foreignKeys: readonly ForeignKey[];
}

type Row = Omit<Relation, 'uniqueKeys' | 'foreignKeys'> & {
  unique_keys: string[][];
  foreign_keys: ForeignKey[];
};

/** Everything is read, and nothing that is read may write. */
export const LOOKING = { readOnly: true, timeoutMs: 120_000 } as const;

export async function readRelations(db: Queryable, schemas: readonly string[]): Promise<Relation[]> {
  const rows = await db.run<Row>(sqlFile('init/relations.sql', [schemas]), LOOKING);
  return rows.map(({ unique_keys: uniqueKeys, foreign_keys: foreignKeys, ...rest }) => ({
    ...rest,
    uniqueKeys,
    foreignKeys,
  }));
}

export const fullName = ({ schema, name }: Pick<Relation, 'schema' | 'name'>): string => `${schema}.${name}`;

/** As `maps.yaml` says it: a part with a dot in it stands in quotes. */
export const nameInMaps = ({ schema, name }: Pick<Relation, 'schema' | 'name'>): string =>
  [schema, name].map((part) => (/[."]/.test(part) ? `"${part.replaceAll('"', '""')}"` : part)).join('.');

export const from = ({ schema, name }: Pick<Relation, 'schema' | 'name'>): Sql => ident(schema, name);

export const KINDS: Readonly<Record<Relation['kind'], string>> = {
  r: 'table',
  p: 'partitioned table',
  v: 'view',
  m: 'materialized view',
  f: 'foreign table',
};

/** A unique index on exactly these columns, or on fewer of them. */
export const hasUniqueKey = ({ uniqueKeys }: Relation, columns: readonly string[]): boolean =>
  uniqueKeys.some((key) => key.every((column) => columns.includes(column)));
