import { createHash } from 'node:crypto';
import { number } from '../../catalog/expressions.ts';
import type { Overviews, TableLayer } from '../../catalog/types.ts';
import { ident, named, sql, statement, type Sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { DEFAULT_EXTENT, HALF_WORLD_METRES } from '../grid.ts';
import type { TileCoord } from '../types.ts';
import { usualTile, type Fullness } from './budget.ts';
import { boxOf, sidesOfBox, tilesTable, type CopyTable } from './copies.ts';
import { unitAt } from './level.ts';

/** The highest zoom at which neighbours may be put together, and tiles made beforehand. */
export const HIGHEST_MADE = 13;

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

/** Where tiles of a zoom are made from, and kept. */
export interface TilesOf {
  readonly copy: CopyTable;
  readonly tiles: CopyTable;
  readonly zoom: number;
  readonly buffer: number;
}

/** Makes the tiles of a zoom from a copy. */
export async function makeTiles(tx: Queryable, layer: TableLayer, of: TilesOf): Promise<void> {
  const { schema, name } = of.copy;
  const boxes = sql`select ${boxOf(ident(layer.geometry.column))} as box from ${ident(schema, name)}`;
  await makeTilesAt(tx, layer, of, await tx.run<Place>(tilesMeeting(boxes, of)));
}

/** A tile of a zoom. */
export type Place = Pick<TileCoord, 'x' | 'y'>;

/** The same of some of them; those without features are not there. */
export async function makeTilesAt(
  tx: Queryable,
  layer: TableLayer,
  { copy, tiles, zoom, buffer }: TilesOf,
  places: readonly Place[],
): Promise<void> {
  for (const { x, y } of places) {
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

/** Tiles of a zoom that boxes reach into, with what is drawn around a tile. */
export function tilesMeeting(boxes: Sql, { zoom, buffer }: Pick<TilesOf, 'zoom' | 'buffer'>): Sql {
  const { xmin, ymin, xmax, ymax } = sidesOfBox(sql`met.box`);
  const side = sql`${unitAt(zoom) * DEFAULT_EXTENT}::float8`;
  const half = sql`${HALF_WORLD_METRES}::float8`;
  const margin = sql`${buffer / DEFAULT_EXTENT}::float8`;
  const tile = (at: Sql): Sql => sql`least(greatest(floor(${at}), 0), ${number(2 ** zoom - 1)})::int`;
  return sql`select distinct x, y from (${boxes}) met
    cross join lateral generate_series(
      ${tile(sql`(${xmin} + ${half}) / ${side} - ${margin}`)}, ${tile(sql`(${xmax} + ${half}) / ${side} + ${margin}`)}) x
    cross join lateral generate_series(
      ${tile(sql`(${half} - ${ymax}) / ${side} - ${margin}`)}, ${tile(sql`(${half} - ${ymin}) / ${side} + ${margin}`)}) y`;
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
