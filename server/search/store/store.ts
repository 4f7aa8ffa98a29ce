import { setImmediate as nextTurn } from 'node:timers/promises';
import { sql, type Sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { foldWords } from '../../places/fold.ts';
import type { Mark } from '../sources/mark.ts';
import { changesOf, type Changes } from './changes.ts';
import { DocumentsBuilder, TEXT_WEIGHT, type Documents, type TextRules } from '../documents/documents.ts';
import type { SearchDocument } from '../documents/document.ts';
import { inSlices } from '../index/slices.ts';

const BATCH = 200;
const READ_AT_ONCE = 500;
const WRITE_MS = 120_000;
const OWN = { name: 'chorograph search', timeoutMs: WRITE_MS };

/** Documents of a source, and what the source was at when they were read. */
export interface Held {
  readonly version: string;
  readonly documents: Documents;
  /** Where the reading of the table stands; none where they were read of what was kept. */
  readonly mark?: Mark | undefined;
}

/** Versions of the sources whose documents are kept. */
export async function keptVersions(db: Queryable): Promise<Map<string, string>> {
  const rows = await db.run<{ source: string; version: string }>(
    sql`select source, version from chorograph.search_source`,
  );
  return new Map(rows.map(({ source, version }) => [source, version]));
}

/** Documents of a source as they were kept, a few at a time. */
export async function readKept(
  db: Pick<Database, 'dedicated'>,
  source: string,
  { rules, signal }: { rules: TextRules; signal: AbortSignal },
): Promise<Documents> {
  const documents = new DocumentsBuilder(rules);
  await db.dedicated(
    async (tx) => {
      await tx.run(sql`
        declare search_kept no scroll cursor for
        select document from chorograph.search_document where source = ${source} order by key collate "C"`);
      for (let isMore = true; isMore;) {
        const rows = await tx.run<{ document: SearchDocument }>(sql`fetch 500 from search_kept`);
        for (const { document } of rows) documents.add(document);
        isMore = rows.length === READ_AT_ONCE;
        await nextTurn();
      }
    },
    { ...OWN, signal },
  );
  return documents.done();
}

/**
 * Puts documents in the place of those that a source had, in one transaction that readers do not wait for: what
 * differs, where what is kept is what was held before; nothing, where another process was faster; else all of them.
 */
export async function keep(
  db: Pick<Database, 'dedicated'>,
  source: string,
  {
    before,
    now,
    changes,
    signal,
  }: { before: Held | undefined; now: Held; changes?: Changes | undefined; signal: AbortSignal },
): Promise<void> {
  const known = changes ?? (before && (await inSlices(changesOf(before.documents, now.documents), signal)));
  await db.dedicated(
    async (tx) => {
      const [kept] = await tx.run<{ version: string }>(
        sql`select version from chorograph.search_source where source = ${source} for update`,
      );
      if (kept?.version === now.version) return;
      await tx.run(sql`
        insert into chorograph.search_source (source, version, documents)
        values (${source}, ${now.version}, ${now.documents.length})
        on conflict (source) do update
        set version = excluded.version, documents = excluded.documents, built_at = now()`);
      await write(tx, source, kept && kept.version === before?.version ? known : undefined, now.documents);
    },
    { ...OWN, signal },
  );
}

async function write(
  tx: Queryable,
  source: string,
  changes: Changes | undefined,
  all: Documents,
): Promise<void> {
  if (changes)
    await tx.run(sql`
      delete from chorograph.search_document where source = ${source} and key = any (${changes.gone}::text[])`);
  else await tx.run(sql`delete from chorograph.search_document where source = ${source}`);
  const [rules] = all.origins;
  let batch: SearchDocument[] = [];
  for (const document of changes?.changed ?? all) {
    if (batch.push(document) < BATCH) continue;
    await tx.run(put(source, batch, rules));
    batch = [];
  }
  if (batch.length > 0) await tx.run(put(source, batch, rules));
}

/** Words of texts are D where they count less than half as much as those of names. */
const LOW = 0.5;

function put(source: string, documents: readonly SearchDocument[], rules: TextRules | undefined): Sql {
  const rows = documents.map((document) => {
    const texts = (isLow: boolean): string =>
      document.texts
        .filter((_, i) => (rules?.weights[i] ?? TEXT_WEIGHT) < LOW === isLow)
        .map((text) => foldWords(text).join(' '))
        .join(' ');
    return {
      key: document.key,
      folded: foldWords(document.title).join(' '),
      names: document.aliases.flatMap(foldWords).join(' '),
      parents: document.parents.flatMap(foldWords).join(' '),
      high: texts(false),
      low: texts(true),
      document,
    };
  });
  // Names are not stemmed, whatever their language: Mentawai would be tawa. A description is, where a language is named.
  const language = rules?.language ?? 'simple';
  const described = (text: Sql): Sql => sql`to_tsvector(${`pg_catalog.${language}`}::regconfig, ${text})`;
  return sql`
    insert into chorograph.search_document (source, key, kind, title, code, folded, box, rank, words, document)
    select ${source}, key, document->>'kind', document->>'title', document->>'code', folded,
      case when (document->'box'->>0)::float8 <= (document->'box'->>2)::float8 then st_makeenvelope(
        (document->'box'->>0)::float8, (document->'box'->>1)::float8,
        (document->'box'->>2)::float8, (document->'box'->>3)::float8, 4326) end,
      (document->>'rank')::real,
      setweight(to_tsvector('simple', folded || ' ' || names), 'A') || setweight(to_tsvector('simple', parents), 'B')
        || setweight(${described(sql`high`)}, 'C') || setweight(${described(sql`low`)}, 'D'),
      document
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb)
      as r (key text, folded text, names text, parents text, high text, low text, document jsonb)
    on conflict (source, key) do update
    set kind = excluded.kind, title = excluded.title, code = excluded.code, folded = excluded.folded,
      box = excluded.box, rank = excluded.rank, words = excluded.words, document = excluded.document`;
}

/** Drops what sources had that are no more. */
export async function forget(db: Queryable, sources: readonly string[]): Promise<void> {
  await db.run(sql`delete from chorograph.search_source where source = any (${[...sources]}::text[])`);
}
