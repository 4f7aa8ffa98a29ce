import { sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import { foldWords } from '../places/fold.ts';
import type { SearchDocument } from './document.ts';

const BATCH = 1_000;
const WRITE_MS = 120_000;

/** Versions of the sources whose documents are kept. */
export async function keptVersions(db: Queryable): Promise<Map<string, string>> {
  const rows = await db.run<{ source: string; version: string }>(
    sql`select source, version from chorograph.search_source`,
  );
  return new Map(rows.map(({ source, version }) => [source, version]));
}

/** Documents of a source as they were kept. */
export async function readKept(db: Queryable, source: string): Promise<SearchDocument[]> {
  const rows = await db.run<{ document: SearchDocument }>(
    sql`select document from chorograph.search_document where source = ${source} order by key collate "C"`,
    { timeoutMs: WRITE_MS },
  );
  return rows.map(({ document }) => document);
}

/** Puts documents in the place of those that a source had: in one transaction, which readers do not wait for. */
export async function keep(
  db: Database,
  { source, version, documents }: { source: string; version: string; documents: readonly SearchDocument[] },
): Promise<void> {
  await db.dedicated(
    async (tx) => {
      await tx.run(sql`
        insert into chorograph.search_source (source, version, documents) values (${source}, ${version}, ${documents.length})
        on conflict (source) do update
        set version = excluded.version, documents = excluded.documents, built_at = now()`);
      await tx.run(sql`delete from chorograph.search_document where source = ${source}`);
      for (let i = 0; i < documents.length; i += BATCH)
        await tx.run(insert(source, documents.slice(i, i + BATCH)));
    },
    { name: 'chorograph search', timeoutMs: WRITE_MS },
  );
}

function insert(source: string, documents: readonly SearchDocument[]) {
  const rows = documents.map((document) => ({
    key: document.key,
    folded: foldWords(document.title).join(' '),
    parents: document.parents.flatMap(foldWords).join(' '),
    text: foldWords(document.text).join(' '),
    document,
  }));
  return sql`
    insert into chorograph.search_document (source, key, kind, title, code, folded, box, rank, words, document)
    select ${source}, key, document->>'kind', document->>'title', document->>'code', folded,
      case when (document->'box'->>0)::float8 <= (document->'box'->>2)::float8 then st_makeenvelope(
        (document->'box'->>0)::float8, (document->'box'->>1)::float8,
        (document->'box'->>2)::float8, (document->'box'->>3)::float8, 4326) end,
      (document->>'rank')::real,
      setweight(to_tsvector('simple', folded), 'A') || setweight(to_tsvector('simple', parents), 'B')
        || setweight(to_tsvector('simple', text), 'C'),
      document
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r (key text, folded text, parents text, text text, document jsonb)`;
}

/** Drops what sources had that are no more. */
export async function forget(db: Queryable, sources: readonly string[]): Promise<void> {
  await db.run(sql`delete from chorograph.search_source where source = any (${[...sources]}::text[])`);
}
