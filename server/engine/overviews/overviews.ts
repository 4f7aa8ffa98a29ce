import { createHash } from 'node:crypto';
import { number } from '../../catalog/expressions.ts';
import { isFinite } from '../../catalog/geometry.ts';
import { relationName, type Overviews, type TableLayer } from '../../catalog/types.ts';
import { ident, join, sql, type Sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import { inMetres } from '../postgis/metres.ts';

/** Raised when copies come to be made in another way. */
const FORMAT = 1;
const SCHEMA = 'chorograph';
/** A copy serves two zooms; above the last one a tile has so few vertices that it gains nothing. */
const ZOOMS = [11, 9, 7, 5, 3] as const;
/** A copy that keeps more of the vertices of the one above it is not worth its space. */
const WORTHWHILE = 0.7;
/** Tile units that a line may move by at the copy's highest zoom: half of what `ST_AsMVTGeom` takes away itself. */
const TOLERANCE = 0.25;
const BUILD_TIMEOUT_MS = 3_600_000;

/** Whether copies can be made: points do not simplify (they have pyramids), and a column of anything may hold some. */
export function canHaveOverviews({ geometry }: TableLayer): boolean {
  return /LINE|POLYGON|CURVE|SURFACE/.test(geometry.type);
}

/**
 * The layer to ask for a tile of this zoom: the copy for it, where there is one of the layer's present
 * generation, columns and geometry; else the layer itself.
 */
export function overviewOr(layer: TableLayer, z: number, token: string): TableLayer {
  const { overviews } = layer;
  if (overviews?.token !== token || overviews.definition !== overviewDefinition(layer)) return layer;
  const zoom = overviews.zooms.find((highest) => highest >= z);
  return zoom === undefined ? layer : copyOf(layer, tableName(overviews, zoom));
}

const copies = new WeakMap<TableLayer, Map<string, TableLayer>>();

/** The layer as one of its copies: the same columns under the same names, projected; the same object each time. */
function copyOf(layer: TableLayer, table: string): TableLayer {
  let ofLayer = copies.get(layer);
  if (!ofLayer) copies.set(layer, (ofLayer = new Map()));
  let copy = ofLayer.get(table);
  if (!copy) ofLayer.set(table, (copy = asCopy(layer, table)));
  return copy;
}

function asCopy(layer: TableLayer, table: string): TableLayer {
  return {
    ...layer,
    schema: SCHEMA,
    name: table,
    geometry: {
      ...layer.geometry,
      srid: 3857,
      type: /LINE/.test(layer.geometry.type) ? 'MULTILINESTRING' : 'MULTIPOLYGON',
      isGeography: false,
      hasIndex: true,
      hasProjectedIndex: false,
      sridAssumed: false,
    },
  };
}

const definitions = new WeakMap<TableLayer, string>();

/** Changes with everything that the copies are made by, besides the data. */
export function overviewDefinition(layer: TableLayer): string {
  let definition = definitions.get(layer);
  if (definition === undefined) {
    const { column, srid, type, isGeography } = layer.geometry;
    const columns = layer.columns.map(({ name, type: columnType }) => [name, columnType]);
    const parts = JSON.stringify([FORMAT, column, srid, type, isGeography, columns, layer.key]);
    definition = createHash('sha1').update(parts).digest('base64url');
    definitions.set(layer, definition);
  }
  return definition;
}

function tableName({ id, build }: Pick<Overviews, 'id' | 'build'>, zoom: number): string {
  return `overview_${id}_${build}_z${zoom}`;
}

/** The statement that fills a copy from `source` (the layer, or the next finer copy), for people to read, too. */
export function overviewSql(layer: TableLayer, source: TableLayer, table: string, zoom: number): Sql {
  const unit = (2 * HALF_WORLD_METRES) / (DEFAULT_EXTENT * 2 ** zoom);
  const geometry = ident(layer.geometry.column);
  const columns = layer.columns.map(({ name }) => ident(name));
  // As ST_AsMVTGeom does with half a unit: what is smaller in both directions cannot be seen.
  const seen = sql`greatest(st_xmax(${geometry}) - st_xmin(${geometry}), st_ymax(${geometry}) - st_ymin(${geometry}))
    >= ${number(unit / 2)}`;
  const metres = sql`select ${join([...columns, sql`${inMetres(source)} as ${geometry}`])}
      from ${ident(source.schema, source.name)} where ${isFinite(source)}`;
  const simple = sql`st_simplify(${geometry}, ${number(unit * TOLERANCE)})::geometry(geometry, 3857) as ${geometry}`;
  return sql`create table ${ident(SCHEMA, table)} as
    select * from (
      select ${join([...columns, simple])} from (${metres}) projected where ${seen}
    ) simplified
    where not st_isempty(${geometry})
    order by ${geometry}`;
}

/**
 * Makes the copies of a layer anew, in one transaction; those of before are dropped with it.
 * @param token the layer's generation, read before this call
 * @returns rows of each copy by its highest zoom
 */
export async function buildOverviews(
  db: Database,
  layer: TableLayer,
  token: string,
): Promise<Map<number, number>> {
  const relation = relationName(layer);
  const { column } = layer.geometry;
  return db.dedicated(
    async (tx) => {
      const [entry] = await tx.run<{ id: number; build: number; zooms: number[] }>(
        sql`insert into chorograph.overview (relation, geometry) values (${relation}, ${column})
          on conflict (relation, geometry) do update set relation = excluded.relation
          returning id, build, zooms`,
      );
      if (!entry) throw new Error('insert … returning gives a row');
      const next = { id: entry.id, build: entry.build + 1 };
      const kept = await fillCopies(tx, layer, next);
      for (const zoom of entry.zooms) {
        await tx.run(sql`drop table if exists ${ident(SCHEMA, tableName(entry, zoom))}`);
      }
      await tx.run(
        sql`update chorograph.overview set build = ${next.build}, source_token = ${token},
            definition = ${overviewDefinition(layer)}, zooms = ${[...kept.keys()].sort((a, b) => a - b)}::int[],
            built_at = now()
          where id = ${entry.id}`,
      );
      await tx.run(sql`notify chorograph_catalog`);
      return kept;
    },
    { name: 'chorograph overviews', timeoutMs: BUILD_TIMEOUT_MS },
  );
}

/** From the finest down, each from the one above it; one that saves little is left out. */
async function fillCopies(
  tx: Queryable,
  layer: TableLayer,
  next: { id: number; build: number },
): Promise<Map<number, number>> {
  const kept = new Map<number, number>();
  let source = layer;
  let vertices = Infinity;
  for (const zoom of ZOOMS) {
    const table = tableName(next, zoom);
    await tx.run(overviewSql(layer, source, table, zoom));
    const [size] = await tx.run<{ rows: number; vertices: number }>(
      sql`select count(*)::int as rows, coalesce(sum(st_npoints(${ident(layer.geometry.column)})), 0)::float8 as vertices
        from ${ident(SCHEMA, table)}`,
    );
    if (!size) throw new Error('an aggregate has a row');
    if (size.vertices > vertices * WORTHWHILE) {
      await tx.run(sql`drop table ${ident(SCHEMA, table)}`);
      continue;
    }
    await tx.run(sql`create index on ${ident(SCHEMA, table)} using gist (${ident(layer.geometry.column)})`);
    await tx.run(sql`analyze ${ident(SCHEMA, table)}`);
    kept.set(zoom, size.rows);
    vertices = size.vertices;
    source = copyOf(layer, table);
  }
  return kept;
}
