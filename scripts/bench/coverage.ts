import pg from 'pg';

/** Where the polygons lie, in degrees: an area as large as Java with its neighbours. */
export const AREA = { west: 100, south: -9, east: 120, north: -1 } as const;
/** Vertices between the corners of a polygon, on each of its four sides. */
const BETWEEN = 12;
const BATCH = 2_000;

/** A number from -1 to 1 that depends on three others alone. */
function noise(a: number, b: number, c: number): number {
  let hash = Math.imul(a ^ 0x9e3779b1, 0x85ebca6b) ^ Math.imul(b ^ 0x27d4eb2f, 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15) ^ Math.imul(c + 1, 0x165667b1), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return ((hash ^ (hash >>> 15)) >>> 0) / 2 ** 31 - 1;
}

type Position = [x: number, y: number];

/** The side of a cell from one corner of the grid to the next, crooked; the same for both cells. */
function side(x: number, y: number, along: 0 | 1): Position[] {
  const corner = (cx: number, cy: number): Position => [
    cx + 0.3 * noise(cx, cy, 1),
    cy + 0.3 * noise(cx, cy, 2),
  ];
  const [a, b] = [corner(x, y), corner(x + 1 - along, y + along)];
  return Array.from({ length: BETWEEN + 2 }, (_, i): Position => {
    const t = i / (BETWEEN + 1);
    const off =
      i === 0 || i === BETWEEN + 1 ? 0 : 0.1 * noise(x, y, 10 + 2 * i + along) * Math.sin(Math.PI * t);
    return [a[0] + t * (b[0] - a[0]) - off * (b[1] - a[1]), a[1] + t * (b[1] - a[1]) + off * (b[0] - a[0])];
  });
}

/**
 * Makes a table of polygons side by side without gaps: some 50 vertices each, all of them shared with neighbours.
 * @returns how many there are: the square next to `wanted`
 */
export async function makeCoverage(url: string, table: string, wanted: number): Promise<number> {
  const n = Math.round(Math.sqrt(wanted));
  const client = new pg.Client(url);
  await client.connect();
  const name = client.escapeIdentifier(table);
  await client.query(`drop table if exists ${name}`);
  await client.query(
    `create table ${name} (id int primary key, name text, kind text, value int, geom geometry(polygon, 4326))`,
  );
  const place = ([x, y]: Position): string =>
    `${(AREA.west + (x / n) * (AREA.east - AREA.west)).toFixed(7)} ${(AREA.south + (y / n) * (AREA.north - AREA.south)).toFixed(7)}`;
  for (let from = 0; from < n * n; from += BATCH) {
    const ids = Array.from({ length: Math.min(BATCH, n * n - from) }, (_, i) => from + i);
    const texts = ids.map((id) => {
      const [x, y] = [id % n, Math.floor(id / n)];
      const ring = [
        ...side(x, y, 0).slice(0, -1),
        ...side(x + 1, y, 1).slice(0, -1),
        ...side(x, y + 1, 0)
          .reverse()
          .slice(0, -1),
        ...side(x, y, 1).reverse(),
      ];
      return `SRID=4326;POLYGON((${ring.map(place).join()}))`;
    });
    await client.query(
      `insert into ${name} select id, 'Parcel ' || id, (array['field', 'forest', 'town'])[1 + id % 3], id * 7919 % 1000, geom::geometry
        from unnest($1::int[], $2::text[]) made (id, geom)`,
      [ids, texts],
    );
  }
  await client.query(`create index on ${name} using gist (geom)`);
  await client.query(`vacuum analyze ${name}`);
  await client.end();
  return n * n;
}
