import { geometryInDegrees } from '../catalog/geometry.ts';
import { relationName } from '../catalog/types.ts';
import { ident, join, sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import type { Alias } from '../places/aliases.ts';
import { foldKey, readings } from '../places/fold.ts';
import type { SearchNeeds } from './needs.ts';
import { documentId, type Box, type SearchDocument } from './document.ts';
import type { RowSource } from './sources.ts';

interface Row {
  key: string;
  code: string | null;
  title: string;
  parent: string | null;
  text: string | null;
  context: (string | null)[];
  box: [number, number, number, number] | null;
  shifted: [number, number] | null;
  centre: [number, number] | null;
}

const READ_MS = 120_000;

/** The rows of a table as documents; rows of one code are one. Parents are filled in by `withParents`. */
export async function readRows(db: Queryable, source: RowSource, most: number): Promise<SearchDocument[]> {
  const { layer } = source;
  const column = (name: string | undefined) =>
    name === undefined ? sql`null::text` : sql`${ident(name)}::text`;
  const key = source.code ?? layer.key?.columns[0];
  const text = source.text.map((name) => column(name));
  const rows = await db.run<Row>(
    sql`
      with one as (
        select ${key === undefined ? sql`row_number() over ()::text` : column(key)} as key,
          ${column(source.code)} as code, ${column(source.title)} as title,
          ${column(source.parent?.column)} as parent,
          ${text.length > 0 ? sql`concat_ws(' ', ${join(text)})` : sql`''`} as text,
          array[${join(source.context.map((name) => column(name)))}]::text[] as context,
          ${geometryInDegrees(layer)} as geometry
        from ${ident(layer.schema, layer.name)} where ${ident(source.title)} is not null
      ), whole as (
        select key, min(code) as code, min(title) as title, min(parent) as parent, min(text) as text,
          min(context) as context, st_extent(geometry) as box,
          case when st_extent(geometry)::geometry is not null then st_extent(st_shiftlongitude(geometry)) end as shifted,
          st_centroid(st_collect(geometry)) as centre
        from one where key is not null group by key order by key limit ${most}
      )
      select key, code, title, parent, text, context,
        case when box is not null then array[st_xmin(box), st_ymin(box), st_xmax(box), st_ymax(box)] end as box,
        case when shifted is not null then array[st_xmin(shifted), st_xmax(shifted)] end as shifted,
        case when not st_isempty(centre) then array[st_x(centre), st_y(centre)] end as centre
      from whole`,
    { timeoutMs: READ_MS, readOnly: true },
  );
  return rows.map((row) => toDocument(row, source));
}

function toDocument(row: Row, { id, kind, layer, parent }: RowSource): SearchDocument {
  const box = boxOf(row);
  return {
    source: id,
    key: row.key,
    kind,
    title: row.title,
    code: row.code ?? undefined,
    aliases: [],
    parents: row.context.flatMap((name) => name ?? []),
    parentIds: parent && row.parent !== null ? [`${parent.source}:${row.parent}`] : [],
    text: row.text ?? '',
    centre: box && centreOf(row, box),
    box,
    rank: box ? rankOf(box) : 0,
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

/** Layers and choropleths themselves. */
export function readPublished({
  catalog,
  choropleths,
}: Pick<SearchNeeds, 'catalog' | 'choropleths'>): SearchDocument[] {
  const one = (
    kind: 'layer' | 'choropleth',
    id: string,
    title: string,
    text: (string | undefined)[],
  ): SearchDocument => ({
    source: kind,
    key: id,
    kind,
    title,
    code: id,
    aliases: [],
    parents: [],
    parentIds: [],
    text: text.filter((part) => part !== undefined).join(' '),
    centre: undefined,
    box: undefined,
    rank: 1,
    shownBy: id,
  });
  const layers = catalog
    .all()
    .filter(({ problem }) => !problem)
    .map((layer) => {
      const columns = layer.type === 'table' ? layer.columns : [];
      const words = columns.flatMap(({ name, description }) => [name, description]);
      return one('layer', layer.id, layer.title, [layer.description, relationName(layer), ...words]);
    });
  const maps = choropleths.all().flatMap(({ choropleth }) => {
    if (!choropleth) return [];
    const { id, title, description, metrics, levels } = choropleth;
    const words = [...metrics.map(({ label }) => label), ...levels.map(({ label }) => label)];
    return [one('choropleth', id, title, [description, ...words])];
  });
  return [...layers, ...maps];
}

/** Fills in what each document lies in, up to the outermost, and the other names that regions are known by. */
export function withParents(
  documents: readonly SearchDocument[],
  aliases: readonly Alias[],
): SearchDocument[] {
  const byId = new Map(documents.map((document) => [documentId(document), document]));
  const names = new Map<string, Alias[]>();
  for (const alias of aliases) {
    const key = foldKey(alias.of);
    names.set(key, [...(names.get(key) ?? []), alias]);
  }
  return documents.map((document) => {
    const { parents, parentIds } = ancestors(document, byId);
    return { ...document, parents, parentIds, aliases: aliasesOf(document, names) };
  });
}

function ancestors(document: SearchDocument, byId: ReadonlyMap<string, SearchDocument>) {
  const parents = [...document.parents];
  const parentIds: string[] = [];
  for (let id = document.parentIds[0]; id !== undefined && !parentIds.includes(id);) {
    parentIds.push(id);
    const parent = byId.get(id);
    if (!parent) break;
    parents.push(parent.title);
    id = parent.parentIds[0];
  }
  return { parents, parentIds };
}

/** Of regions alone: a school may be called Jakarta, and is not the province. */
function aliasesOf({ kind, title }: SearchDocument, names: ReadonlyMap<string, readonly Alias[]>): string[] {
  if (kind !== 'region') return [];
  return readings(title).flatMap((reading) =>
    (names.get(reading.key) ?? [])
      .filter((alias) => !alias.kind || !reading.kind || alias.kind === reading.kind)
      .flatMap((alias) => alias.names),
  );
}
