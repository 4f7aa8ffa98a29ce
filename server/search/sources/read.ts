import { geometryInDegrees } from '../../catalog/geometry.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { DocumentsBuilder } from '../documents/documents.ts';
import type { Box, SearchDocument } from '../documents/document.ts';
import { Patched, type Changes } from '../documents/patched.ts';
import { turn, type Turns } from '../index/slices.ts';
import { changedKeys, countKeys, keyOf, markOf, missingKeys, textOf, type Mark } from './mark.ts';
import { rulesOf, type RowSource } from './sources.ts';

interface Row {
  key: string;
  code: string | null;
  title: string;
  parent: string | null;
  weight: number | null;
  text: (string | null)[];
  names: (string | null)[];
  context: (string | null)[];
  box: [number, number, number, number] | null;
  shifted: [number, number] | null;
  centre: [number, number] | null;
}

const READ_MS = 120_000;
/** A few at a time, as each of them takes a while to be understood. */
const FETCHED = 100;

/** Documents of a source as they were read, from what, and what became of those that there were before. */
export interface Reading {
  readonly documents: Patched;
  /** None where the next reading has to be of all rows. */
  readonly mark: Mark | undefined;
  /** Set where only what had changed was read. */
  readonly changes?: Changes;
}

interface ReadOptions {
  /** Documents at most. */
  readonly most: number;
  readonly turns: Turns;
  /** The reading before, in the same form: only what has changed since is read, where that can be told. */
  readonly before?: { readonly documents: Patched; readonly mark?: Mark | undefined } | undefined;
}

/**
 * The rows of a table as documents, a few at a time, so that requests have their turn; rows of one code are one
 * document. Parents of region sets are filled in by `withParents`.
 */
export async function readRows(
  db: Pick<Database, 'dedicated'>,
  source: RowSource,
  { most, turns, before }: ReadOptions,
): Promise<Reading> {
  return db.dedicated(
    async (tx) => {
      await tx.run(sql`set transaction read only`);
      // Before the rows: what is written meanwhile is read once more the next time.
      const mark = await markOf(tx, source);
      const options = { mark, most, turns };
      return (await readChanged(tx, source, { ...options, before })) ?? readAll(tx, source, options);
    },
    { name: 'chorograph search', timeoutMs: READ_MS, signal: turns.signal },
  );
}

async function readAll(
  tx: Queryable,
  source: RowSource,
  { mark, most, turns }: { mark: Mark | undefined } & Pick<ReadOptions, 'most' | 'turns'>,
): Promise<Reading> {
  const documents = new DocumentsBuilder(rulesOf(source));
  let highest = 0;
  await tx.run(sql`declare search_rows no scroll cursor for ${rowsOf(source, most)}`);
  for (let isMore = true; isMore;) {
    const rows = await tx.run<Row>(sql`fetch 100 from search_rows`);
    for (const row of rows) {
      highest = Math.max(highest, row.weight ?? 0);
      documents.add(toDocument(row, source));
    }
    isMore = rows.length === FETCHED;
    await turn(turns);
  }
  return {
    documents: new Patched(documents.done(scale(highest)), rulesOf(source)),
    mark: mark && { ...mark, highest },
  };
}

/** What has changed since the reading before, put in its place; undefined where all rows have to be read. */
async function readChanged(
  tx: Queryable,
  source: RowSource,
  { mark, most, before, turns }: { mark: Mark | undefined } & ReadOptions,
): Promise<Reading | undefined> {
  if (!mark || !before?.mark) return undefined;
  const { highest } = before.mark;
  const keys = await changedKeys(tx, source, { since: before.mark, now: mark });
  if (!keys) return undefined;
  const rows =
    keys.length === 0
      ? []
      : await tx.run<Row>(rowsOf(source, most, sql`${keyOf(source)} = any (${keys}::text[])`));
  if (rows.some(({ weight }) => (weight ?? 0) > highest)) return undefined;
  const rank = scale(highest) ?? ((weight: number) => weight);
  const read = rows.map((row) => {
    const document = toDocument(row, source);
    return { ...document, rank: Math.fround(rank(document.rank)) };
  });
  const changesTo = (touched: readonly string[]): Changes => before.documents.changesTo(touched, read);
  let changes = changesTo(keys);
  let documents = before.documents.with(changes);
  const present = await countKeys(tx, source);
  if (documents.length > present) {
    const gone = await missingKeys(tx, source, { documents, turns });
    if (!gone) return undefined;
    changes = changesTo([...keys, ...gone]);
    documents = before.documents.with(changes);
  }
  if (documents.length !== present || present > most) return undefined;
  if (source.rank !== undefined && isBeheaded(before.documents, changes)) return undefined;
  return { documents, changes, mark: { ...mark, highest } };
}

/** Whether one of the first rank is no more, or not of that rank: ranks are shares of the highest. */
function isBeheaded(before: Patched, { gone, changed }: Changes): boolean {
  const wasFirst = (key: string): boolean => (before.get(key)?.rank ?? 0) >= 1;
  return gone.some(wasFirst) || changed.some(({ key, rank }) => rank < 1 && wasFirst(key));
}

/** By the logarithm: ten times as many people are a step, wherever one stands. */
const scale = (highest: number): ((rank: number) => number) | undefined =>
  highest > 0 ? (rank) => Math.log1p(rank) / Math.log1p(highest) : undefined;

function rowsOf(source: RowSource, most: number, only: Sql = sql`true`): Sql {
  const { layer } = source;
  const list = (names: readonly string[]): Sql =>
    sql`array[${join(names.map((name) => textOf(name)))}]::text[]`;
  const weight =
    source.rank === undefined ? sql`null::float8` : sql`greatest(${ident(source.rank)}::float8, 0)`;
  return sql`
    with one as (
      select ${keyOf(source) ?? sql`row_number() over ()::text`} as key,
        ${textOf(source.code)} as code, ${textOf(source.title)} as title,
        ${textOf(source.parent?.column)} as parent, ${weight} as weight,
        ${list(source.names)} as names, ${list(Object.keys(source.text))} as text, ${list(source.context)} as context,
        ${geometryInDegrees(layer)} as geometry
      from ${ident(layer.schema, layer.name)} where ${ident(source.title)} is not null and ${only}
    ), whole as (
      select key, min(code) as code, min(title) as title, min(parent) as parent, max(weight) as weight,
        min(names) as names, min(text) as text, min(context) as context, st_extent(geometry) as box,
        case when st_extent(geometry)::geometry is not null then st_extent(st_shiftlongitude(geometry)) end as shifted,
        st_centroid(st_collect(geometry)) as centre
      from one where key is not null group by key order by key collate "C" limit ${most}
    )
    select key, code, title, parent, text, names, context, case when weight < 'infinity' then weight end as weight,
      case when box is not null then array[st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)] end as box,
      case when shifted is not null then array[st_xmin(shifted), st_xmax(shifted)] end as shifted,
      case when not st_isempty(centre) then array[st_x(centre), st_y(centre)] end as centre
    from whole`;
}

function toDocument(row: Row, { id, kind, layer, parent, rank }: RowSource): SearchDocument {
  const box = boxOf(row);
  return {
    source: id,
    key: row.key,
    kind,
    title: row.title,
    code: row.code ?? undefined,
    aliases: row.names.flatMap((name) => name ?? []),
    parents: row.context.flatMap((name) => name ?? []),
    parentIds: parent && row.parent !== null ? [`${parent.source}:${row.parent}`] : [],
    texts: row.text.some((part) => part) ? row.text.map((part) => part ?? '') : [],
    centre: box && centreOf(row, box),
    box,
    rank: rank !== undefined ? (row.weight ?? 0) : box ? rankOf(box) : 0,
    shownBy: layer.id,
  };
}

/** The narrower of the box as it is and the one across the antimeridian. */
function boxOf({ box, shifted }: Row): Box | undefined {
  if (!box || box.some((side) => !Number.isFinite(side))) return undefined;
  const [west, south, east, north] = box;
  if (!shifted || east - west <= shifted[1] - shifted[0] + 1e-9) return [west, south, east, north];
  const within = (longitude: number): number => (longitude > 180 ? longitude - 360 : longitude);
  return [within(shifted[0]), south, within(shifted[1]), north];
}

function centreOf({ centre }: Row, [west, south, east, north]: Box): readonly [number, number] {
  if (west <= east) return centre ?? [(west + east) / 2, (south + north) / 2];
  const middle = (west + east + 360) / 2;
  return [middle > 180 ? middle - 360 : middle, (south + north) / 2];
}

/** Larger ones first: from 0 for a point to 1 for a fifth of the world across, by the logarithm of the diagonal. */
function rankOf([west, south, east, north]: Box): number {
  const across = Math.hypot(west <= east ? east - west : east - west + 360, north - south);
  return Math.min(1, Math.log1p(across * 10) / Math.log1p(720));
}
