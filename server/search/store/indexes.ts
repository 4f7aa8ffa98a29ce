import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';

/** An index of the tables of search, as PostgreSQL counts its use since its statistics were last reset. */
export interface SearchIndexUse {
  readonly table: string;
  readonly index: string;
  readonly method: string;
  readonly definition: string;
  readonly bytes: number;
  readonly scans: number;
  readonly tuplesRead: number;
  readonly tuplesFetched: number;
  /** Nobody has read it, and nothing is kept unique by it. */
  readonly unused: boolean;
  readonly valid: boolean;
}

export interface SearchIndexes {
  readonly documents: number;
  /** Bytes of the tables without their indexes. */
  readonly tableBytes: number;
  readonly indexes: readonly SearchIndexUse[];
  /** What should be there and is not, with the statement that makes it. */
  readonly missing: readonly { readonly index: string; readonly why: string; readonly statement: string }[];
}

const WANTED = [
  {
    index: 'search_document_words',
    why: 'words in SQL',
    statement: 'create index search_document_words on chorograph.search_document using gin (words)',
  },
  {
    index: 'search_document_code',
    why: 'codes in SQL',
    statement: 'create index search_document_code on chorograph.search_document (lower(code))',
  },
  {
    index: 'search_document_folded',
    why: 'misspellings in SQL; it needs the extension pg_trgm',
    statement:
      'create extension if not exists pg_trgm; create index search_document_folded on chorograph.search_document using gin (folded gin_trgm_ops)',
  },
] as const;

/** How the indexes of `chorograph.search_document` and its sources' table are used. */
export async function searchIndexes(db: Queryable): Promise<SearchIndexes> {
  const indexes = await db.run<SearchIndexUse>(sql`
    select s.relname as "table", s.indexrelname as "index", m.amname as method, pg_get_indexdef(s.indexrelid) as definition,
      pg_relation_size(s.indexrelid)::float8 as bytes, s.idx_scan::float8 as scans,
      s.idx_tup_read::float8 as "tuplesRead", s.idx_tup_fetch::float8 as "tuplesFetched",
      s.idx_scan = 0 and not i.indisunique as unused, i.indisvalid as valid
    from pg_stat_user_indexes s
    join pg_index i on i.indexrelid = s.indexrelid
    join pg_class c on c.oid = s.indexrelid
    join pg_am m on m.oid = c.relam
    where s.schemaname = 'chorograph' and s.relname in ('search_document', 'search_source')
    order by s.relname, s.indexrelname`);
  const [row] =
    indexes.length === 0
      ? []
      : await db.run<{ documents: number; bytes: number }>(sql`
          select (select count(*)::float8 from chorograph.search_document) as documents,
            (pg_table_size('chorograph.search_document') + pg_table_size('chorograph.search_source'))::float8 as bytes`);
  return {
    documents: row?.documents ?? 0,
    tableBytes: row?.bytes ?? 0,
    indexes,
    missing: WANTED.filter((wanted) => !indexes.some(({ index, valid }) => valid && index === wanted.index)),
  };
}
