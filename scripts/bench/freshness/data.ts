import type pg from 'pg';

/** Regions of the grid: 25 by 20. */
export const REGIONS = 500;
const BASE_ROWS = 1_000_000;
const KINDS = 4;
/** Coprime to the number of regions, so that each round gives every region another mark. */
const STEP = 137;

/** Every region has a mark, made of its number and the round: one payload with marks of two rounds shows at once. */
const SCHEMA = `
  create table region (code text primary key, id int not null unique, name text not null,
    geom geometry(Polygon, 4326) not null);
  insert into region
    select 'R' || i, i, 'Region ' || i,
      st_segmentize(st_makeenvelope(x, y, x + 4, y + 4, 4326), 0.25)
    from (select i, -50 + 4 * (i % 25) as x, -40 + 4 * (i / 25) as y from generate_series(0, ${REGIONS - 1}) i) g;
  create table round (n int not null);
  insert into round values (0);
  create table fact (id bigint generated always as identity primary key, region int not null, kind int not null);
  insert into fact (region, kind)
    select i % ${REGIONS}, i / ${REGIONS} % ${KINDS} from generate_series(0, ${BASE_ROWS - 1}) i;
  create materialized view cube as
    select 'R' || region as code, kind, count(*)::int as n,
      ((region * 7 + (select n from round) * ${STEP}) % ${REGIONS})::int as mark
    from fact group by region, kind;
  create unique index on cube (code, kind);
  vacuum analyze fact, cube, region;`;

export const MAPS = `
regions:
  regions: { table: region, geometry: geom, code: code, name: name }
choropleths:
  facts:
    title: Facts
    regions: regions
    cube: { view: cube, region: code, dimensions: [kind] }
    metrics: { mark: { sum: mark }, n: { sum: n } }
    classify: { method: quantile, classes: 5, scheme: YlOrRd }
`;

export async function makeData(client: pg.Client): Promise<void> {
  for (const statement of SCHEMA.split(';\n')) await client.query(statement);
}

/** Writes to the base tables: the next refresh makes the marks of `round`, and counts a thousand rows more. */
export async function nextRound(client: pg.Client, round: number): Promise<void> {
  await client.query('begin');
  await client.query('update round set n = $1', [round]);
  await client.query(
    `insert into fact (region, kind) select i % ${REGIONS}, i % ${KINDS} from generate_series(1, 1000) i`,
  );
  await client.query('commit');
}

/** The round that marks belong to, told by what they share; undefined where they are of several rounds. */
export function roundOf(marks: ReadonlyMap<string, number>): number | undefined {
  let round: number | undefined;
  for (const [code, mark] of marks) {
    const number = Number(code.slice(1));
    const own = rounds[(((mark / KINDS - number * 7) % REGIONS) + REGIONS) % REGIONS];
    if (round !== undefined && own !== round) return undefined;
    round = own;
  }
  return round;
}

/** Rounds by what they add to each mark; they repeat after as many as there are regions. */
const rounds = Array.from({ length: REGIONS }, () => 0);
for (let round = 0; round < REGIONS; round++) rounds[(round * STEP) % REGIONS] = round;
