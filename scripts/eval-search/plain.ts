import { sql } from '../../server/db/sql.ts';
import type { Queryable } from '../../server/db/types.ts';
import { documentId, type SearchDocument } from '../../server/search/documents/document.ts';
import type { Finder } from './queries.ts';

/** What one writes without a search: the same documents in a table, asked by ILIKE or by trigrams alone. */
export async function fillPlain(db: Queryable, documents: Iterable<SearchDocument>): Promise<void> {
  await db.run(sql`create schema if not exists plain`);
  await db.run(sql`create table plain.document (id text primary key, title text, label text, code text)`);
  const rows = [...documents].map((document) => ({
    id: documentId(document),
    title: document.title,
    label: [document.title, ...document.parents].join(', '),
    code: document.code ?? null,
  }));
  for (let i = 0; i < rows.length; i += 1_000)
    await db.run(sql`
      insert into plain.document select * from jsonb_to_recordset(${JSON.stringify(rows.slice(i, i + 1_000))}::jsonb)
        as r (id text, title text, label text, code text)`);
  await db.run(sql`create index on plain.document using gin (label gin_trgm_ops)`);
}

export const byIlike =
  (db: Queryable): Finder =>
  async (query) => {
    const pattern = `%${query.replace(/[\\%_]/g, '\\$&')}%`;
    return ids(
      await db.run<{ id: string }>(sql`
        select id from plain.document where code = ${query} or label ilike ${pattern}
        order by code = ${query} desc nulls last, length(title), id limit 20`),
    );
  };

export const byTrigrams =
  (db: Queryable): Finder =>
  async (query) =>
    ids(
      await db.run<{ id: string }>(sql`
        select id from plain.document where code = ${query} or title % ${query} or label % ${query}
        order by code = ${query} desc nulls last, greatest(similarity(title, ${query}), similarity(label, ${query})) desc, id
        limit 20`),
    );

const ids = (rows: readonly { id: string }[]): string[] => rows.map(({ id }) => id);
