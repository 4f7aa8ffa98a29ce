import { sql, type Sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { foldWords } from '../../places/fold.ts';
import type { Mark } from '../sources/mark.ts';
import { changesOf } from './changes.ts';
import { DocumentsBuilder, TEXT_WEIGHT, type TextRules } from '../documents/documents.ts';
import { Patched, type Changes } from '../documents/patched.ts';
import type { SearchDocument } from '../documents/document.ts';
import { inSlices, turn, type Turns } from '../index/slices.ts';

/** Each of them takes some microseconds to be folded and written down. */
const BATCH = 50;
const READ_AT_ONCE = 100;
const WRITE_MS = 120_000;
const OWN = { name: 'chorograph search', timeoutMs: WRITE_MS };

/** Documents of a source, and what the source was at when they were read. */
export interface Held {
  readonly version: string;
  readonly documents: Patched;
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
  { rules, turns }: { rules: TextRules; turns: Turns },
): Promise<Patched> {
  const documents = new DocumentsBuilder(rules);
  await db.dedicated(
    async (tx) => {
      await tx.run(sql`
        declare search_kept no scroll cursor for
        select document from chorograph.search_document where source = ${source} order by key collate "C"`);
      for (let isMore = true; isMore;) {
        const rows = await tx.run<{ document: SearchDocument }>(sql`fetch 100 from search_kept`);
        for (const { document } of rows) documents.add(document);
        isMore = rows.length === READ_AT_ONCE;
        await turn(turns);
      }
    },
    { ...OWN, signal: turns.signal },
  );
  return new Patched(documents.done(), rules);
}

interface Keeping {
  readonly before: Held | undefined;
  readonly now: Held;
  /** Where it is known what became of the ones before. */
  readonly changes?: Changes | undefined;
  readonly signal: AbortSignal;
}

/**
 * Puts documents in the place of those that a source had, in one transaction that readers do not wait for: what
 * differs, where what is kept is what was held before; nothing, where another process was faster; else all of them.
 */
export async function keep(
  db: Pick<Database, 'dedicated'>,
  source: string,
  { before, now, changes, signal }: Keeping,
): Promise<void> {
  // Whoever searches does not wait for it.
  const turns = { isAwaited: false, signal };
  const known = changes ?? (before && (await changesBetween(before.documents, now.documents, turns)));
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
      await write(tx, source, {
        changes: kept && kept.version === before?.version ? known : undefined,
        all: now.documents,
        turns,
      });
    },
    { ...OWN, signal },
  );
}

async function changesBetween(before: Patched, now: Patched, turns: Turns): Promise<Changes> {
  const [old, all] = [await inSlices(before.whole(), turns), await inSlices(now.whole(), turns)];
  return inSlices(changesOf(old, all), turns);
}

async function write(
  tx: Queryable,
  source: string,
  { changes, all, turns }: { changes: Changes | undefined; all: Patched; turns: Turns },
): Promise<void> {
  if (changes)
    await tx.run(sql`
      delete from chorograph.search_document where source = ${source} and key = any (${changes.gone}::text[])`);
  else await tx.run(sql`delete from chorograph.search_document where source = ${source}`);
  let batch: SearchDocument[] = [];
  for (const document of changes?.changed ?? all) {
    if (batch.push(document) < BATCH) continue;
    await tx.run(put(source, batch, all.rules));
    batch = [];
    await turn(turns);
  }
  if (batch.length > 0) await tx.run(put(source, batch, all.rules));
}

/** Words of texts are D where they count less than half as much as those of names. */
const LOW = 0.5;

function put(source: string, documents: readonly SearchDocument[], rules: TextRules): Sql {
  const rows = documents.map((document) => {
    const texts = (isLow: boolean): string =>
      document.texts
        .filter((_, i) => (rules.weights[i] ?? TEXT_WEIGHT) < LOW === isLow)
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
  const language = rules.language ?? 'simple';
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
