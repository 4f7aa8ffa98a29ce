import { setImmediate as nextTurn } from 'node:timers/promises';
import { geometryInDegrees } from '../../catalog/geometry.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import { DocumentsBuilder, type Documents } from '../documents/documents.ts';
import type { Box, SearchDocument } from '../documents/document.ts';
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

/**
 * The rows of a table as documents, a few at a time, so that requests have their turn; rows of one code are one
 * document. Parents of region sets are filled in by `withParents`.
 * @param most documents at most
 */
export async function readRows(
  db: Pick<Database, 'dedicated'>,
  source: RowSource,
  { most, signal }: { most: number; signal: AbortSignal },
): Promise<Documents> {
  const documents = new DocumentsBuilder(rulesOf(source));
  let highest = 0;
  await db.dedicated(
    async (tx) => {
      await tx.run(sql`set transaction read only`);
      await tx.run(sql`declare search_rows no scroll cursor for ${rowsOf(source, most)}`);
      for (;;) {
        const rows = await tx.run<Row>(sql`fetch 500 from search_rows`);
        for (const row of rows) {
          highest = Math.max(highest, row.weight ?? 0);
          documents.add(toDocument(row, source));
        }
        if (rows.length < 500) return;
        await nextTurn();
      }
    },
    { name: 'chorograph search', timeoutMs: READ_MS, signal },
  );
  // By the logarithm: ten times as many people are a step, wherever one stands.
  return documents.done(highest > 0 ? (rank) => Math.log1p(rank) / Math.log1p(highest) : undefined);
}

function rowsOf(source: RowSource, most: number): Sql {
  const { layer } = source;
  const column = (name: string | undefined) =>
    name === undefined ? sql`null::text` : sql`${ident(name)}::text`;
  const key = source.code ?? layer.key?.columns[0];
  const list = (names: readonly string[]): Sql =>
    sql`array[${join(names.map((name) => column(name)))}]::text[]`;
  const weight =
    source.rank === undefined ? sql`null::float8` : sql`greatest(${ident(source.rank)}::float8, 0)`;
  return sql`
    with one as (
      select ${key === undefined ? sql`row_number() over ()::text` : column(key)} as key,
        ${column(source.code)} as code, ${column(source.title)} as title,
        ${column(source.parent?.column)} as parent, ${weight} as weight,
        ${list(source.names)} as names, ${list(Object.keys(source.text))} as text, ${list(source.context)} as context,
        ${geometryInDegrees(layer)} as geometry
      from ${ident(layer.schema, layer.name)} where ${ident(source.title)} is not null
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
    texts: row.text.map((part) => part ?? ''),
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
