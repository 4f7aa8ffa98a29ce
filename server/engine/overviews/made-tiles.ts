import { createHash } from 'node:crypto';
import { number } from '../../catalog/expressions.ts';
import type { Overviews, TableLayer } from '../../catalog/types.ts';
import { ident, named, sql, statement, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import type { TileCoord } from '../types.ts';
import { usualTile, type Fullness } from './budget.ts';
import { tilesTable, type CopyTable } from './copies.ts';
import { unitAt } from './level.ts';

/** What takes PostGIS longer than some 5 ms is made beforehand: each feature of a copy takes it 30 µs. */
const QUICK = { bytes: 40_000, features: 150 } as const;

/** Whether tiles of a zoom are to be made beforehand, by the fullest of them. */
export function takesLong({ bytes, features }: Fullness): boolean {
  return bytes > QUICK.bytes || features > QUICK.features;
}

export async function createTiles(tx: Queryable, table: CopyTable): Promise<void> {
  await tx.run(sql`create table ${ident(table.schema, table.name)} (
    z smallint, x integer, y integer, features integer not null, mvt bytea not null, primary key (z, x, y))`);
}

/** Makes the tiles of a zoom from a copy. */
export async function makeTiles(
  tx: Queryable,
  layer: TableLayer,
  { copy, tiles, zoom, buffer }: { copy: CopyTable; tiles: CopyTable; zoom: number; buffer: number },
): Promise<void> {
  for (const { x, y } of await tx.run<TileCoord>(tilesWithRows(layer, copy, zoom, buffer))) {
    const { text, values } = usualTile(layer, copy, { z: zoom, x, y }, buffer);
    const place = [zoom, x, y].map((value) => number(value).text).join(', ');
    await tx.run(
      statement(
        `insert into ${ident(tiles.schema, tiles.name).text} (z, x, y, features, mvt)
          select ${place}, features, mvt from (${text}) made where features > 0`,
        values,
      ),
    );
  }
}

/** Tiles of a zoom that rows' boxes reach into, with what is drawn around a tile. */
function tilesWithRows(layer: TableLayer, { schema, name }: CopyTable, zoom: number, buffer: number): Sql {
  const g = ident(layer.geometry.column);
  const side = sql`${unitAt(zoom) * DEFAULT_EXTENT}::float8`;
  const half = sql`${HALF_WORLD_METRES}::float8`;
  const margin = sql`${buffer / DEFAULT_EXTENT}::float8`;
  const tile = (at: Sql): Sql => sql`least(greatest(floor(${at}), 0), ${number(2 ** zoom - 1)})::int`;
  return sql`select distinct x, y from ${ident(schema, name)}
    cross join lateral generate_series(
      ${tile(sql`(st_xmin(${g}) + ${half}) / ${side} - ${margin}`)}, ${tile(sql`(st_xmax(${g}) + ${half}) / ${side} + ${margin}`)}) x
    cross join lateral generate_series(
      ${tile(sql`(${half} - st_ymax(${g})) / ${side} - ${margin}`)}, ${tile(sql`(${half} - st_ymin(${g})) / ${side} + ${margin}`)}) y`;
}

/**
 * A tile that was made beforehand, if there is anything in it, and what the layer's data is at. Connections keep the
 * statement: planning it would take a quarter of the time that it takes to read a small tile.
 */
export function madeTileQuery(overviews: Overviews, { z, x, y }: TileCoord, stamp: Sql): Sql {
  const { schema, name } = tilesTable(overviews);
  const query = sql`select coalesce(t.mvt, ''::bytea) as mvt, coalesce(t.features, 0) as features, ${stamp} as stamp
    from (select 1) one left join ${ident(schema, name)} t on t.z = ${z} and t.x = ${x} and t.y = ${y}`;
  return named(`made ${createHash('sha1').update(query.text).digest('base64url')}`, query);
}

/** The layer of a tile, which was made without a name, under its name. */
export function withName(tile: Buffer, name: string): Buffer {
  if (tile.length === 0) return tile;
  let at = 1;
  while (tile[at]! >= 0x80) at++;
  // The name comes first: its tag, and a length of 0.
  const rest = tile.subarray(at + 3);
  const text = Buffer.from(name);
  const named = Buffer.concat([Buffer.from([0x0a, ...varint(text.length)]), text, rest]);
  return Buffer.concat([Buffer.from([tile[0]!, ...varint(named.length)]), named]);
}

function varint(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...varint(Math.floor(value / 128))];
}
