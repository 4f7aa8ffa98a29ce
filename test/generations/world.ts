import type { Random } from './random.ts';

/** Everything that a view, a table or a cube can be made of; small, as each step reads all of it. */
export const SCHEMA = `
  create type mood as enum ('calm', 'wild');
  create function label(k int) returns text language sql immutable as $$ select 'k' || k $$;
  create table pts (id int primary key, name text, kind int, geom geometry(Point, 4326));
  create table told (id int primary key, name text, kind int, geom geometry(Point, 4326));
  create table feelings (id int primary key, m mood, geom geometry(Point, 4326));
  create table adrift (id int primary key, name text, geom geometry);
  create table parted (id int, name text, geom geometry(Point, 4326)) partition by range (id);
  create table parted_1 partition of parted for values from (0) to (50);
  create table parted_2 partition of parted for values from (50) to (100);
  create table trunk (id int primary key, name text, geom geometry(Point, 4326));
  create table twig (primary key (id)) inherits (trunk);
  create table owner_of (id int primary key);
  create table owned (id int primary key, owner int references owner_of on delete cascade, geom geometry(Point, 4326));
  insert into pts select i, 'p' || i, i % 3, st_setsrid(st_point(i * 10, 10), 4326) from generate_series(1, 6) i;
  insert into told select * from pts;
  insert into feelings select id, (case when id % 2 = 0 then 'calm' else 'wild' end)::mood, geom from pts;
  insert into adrift select id, name, st_setsrid(geom, 0) from pts;
  insert into parted select id * 15, name, geom from pts;
  insert into trunk select id, name, geom from pts where id < 4;
  insert into twig select id, name, geom from pts where id >= 4;
  insert into owner_of select generate_series(1, 6);
  insert into owned select id, id, geom from pts;
  create view pv as select id, name, kind, label(kind) as label, geom from pts where kind < 5;
  create view pvv as select id, name, geom from pv;
  create view tv as select id, name, geom from told;
  create table reg (code text primary key, name text, geom geometry(Polygon, 4326));
  insert into reg select 'c' || g, 'n' || g, st_makeenvelope(g * 10, 0, g * 10 + 10, 10, 4326) from generate_series(1, 5) g;
  create table f (code text, n int);
  insert into f select 'c' || (g % 5 + 1), g from generate_series(1, 20) g;
  create view cube as select code, sum(n)::int as n from f group by code;
  create materialized view mcube as select code, sum(n)::int as n from f group by code;
  create unique index on mcube (code);
  create materialized view mpts as select id, name, geom from pts;
  create unique index on mpts (id);
`;

/** Run when our schema is there. */
export const TRACKED = `
  select chorograph.track('told'), chorograph.track('parted'), chorograph.track('trunk'), chorograph.track('owned');
  select chorograph.bump('public.mcube');
`;

export const MAPS = `
regions:
  regs: { table: public.reg, geometry: geom, code: code, name: name }
choropleths:
  c: { regions: regs, cube: { view: public.cube, region: code }, metrics: { n: { sum: n } }, classify: { method: equal, classes: 2 } }
  m: { regions: regs, cube: { view: public.mcube, region: code }, metrics: { n: { sum: n } }, classify: { method: equal, classes: 2 } }
`;

export const LAYERS = [
  'pts', 'told', 'feelings', 'adrift', 'parted', 'trunk', 'twig', 'owned', 'pv', 'pvv', 'tv', 'mpts', 'reg',
] as const; // prettier-ignore
export const CHOROPLETHS = ['c', 'm'] as const;
export const FORMS = [
  'values.json', 'classes.json', 'style.json', 'tiles.json', 'legend.json', 'legend.svg', 'table.html', '',
] as const; // prettier-ignore

/** SQL of a step; each may fail, as it may on any day. */
type Step = (random: Random) => string;

const NAMED = ['pts', 'told', 'adrift', 'trunk', 'twig'] as const;
const WRITTEN = [...NAMED, 'parted', 'parted_1', 'parted_2'] as const;
const point = (random: Random): string =>
  `st_setsrid(st_point(${random.below(170)}, ${random.below(80)}), 4326)`;
const pointOf = (table: string, random: Random): string =>
  table === 'adrift' ? `st_setsrid(${point(random)}, 0)` : point(random);
const word = (random: Random): string => `w${random.below(1000)}`;

const insert: Step = (random) => {
  const table = random.of(WRITTEN);
  return `insert into ${table} (id, name, geom) values (${random.below(100)}, '${word(random)}', ${pointOf(table, random)})`;
};
const update: Step = (random) =>
  `update ${random.of(WRITTEN)} set name = '${word(random)}' where id % 3 = ${random.below(3)}`;
const remove: Step = (random) => `delete from ${random.of(WRITTEN)} where id % 7 = ${random.below(7)}`;

/** What any program does to data. */
const DATA: readonly Step[] = [
  insert,
  insert,
  update,
  update,
  remove,
  (random) => `update ${random.of(WRITTEN)} set geom = st_translate(geom, 1, 1)`,
  (random) => `truncate ${random.of(['told', 'parted_1', 'twig'])}`,
  (random) => `set session_replication_role = replica; ${update(random)}; reset session_replication_role`,
  (random) => `begin; ${insert(random)}; savepoint s; ${update(random)}; rollback to s; commit`,
  (random) => `begin; ${update(random)}; rollback`,
  (random) => `begin isolation level serializable; ${update(random)}; commit`,
  (random) => `begin; set constraints all immediate; ${update(random)}; commit`,
  (random) => `delete from owner_of where id = ${random.below(7)}`,
  (random) => `insert into owner_of values (${random.below(7)}) on conflict do nothing;
    insert into owned values (${random.below(7)}, (select min(id) from owner_of), ${point(random)}) on conflict do nothing`,
  (random) => `insert into f values ('c${random.below(6)}', ${random.below(100)})`,
  (random) => `update f set n = n + 1 where code = 'c${random.below(6)}'`,
  (random) => `delete from f where n % 11 = ${random.below(11)}`,
  (random) => `update reg set name = '${word(random)}' where code = 'c${1 + random.below(5)}'`,
  (random) => `update reg set geom = st_translate(geom, 0, 0.5) where code = 'c${1 + random.below(5)}'`,
  (random) =>
    `update feelings set m = (enum_range(null::mood))[${1 + random.below(2)}] where id = ${1 + random.below(6)}`,
];

/** What we do to it, and others behind our back. */
const REFRESHES: readonly Step[] = [
  () => `begin; refresh materialized view concurrently mcube; select chorograph.bump('public.mcube'); commit`,
  () => `begin; refresh materialized view mcube; select chorograph.bump('public.mcube'); commit`,
  () => 'refresh materialized view concurrently mcube',
  () => 'refresh materialized view mcube',
  () => 'refresh materialized view concurrently mpts',
  () => 'refresh materialized view mpts',
];

const swap = (table: string, random: Random): string => `
  begin;
  create table ${table}_new (like ${table} including all);
  insert into ${table}_new select * from ${table} where id % 5 <> ${random.below(5)};
  update ${table}_new set name = '${word(random)}' where id % 2 = 0;
  drop table ${table} cascade;
  alter table ${table}_new rename to ${table};
  ${table === 'pts' ? VIEWS_OF_PTS : 'create view tv as select id, name, geom from told;'}
  commit`;
const VIEWS_OF_PTS = `
  create view pv as select id, name, kind, label(kind) as label, geom from pts where kind < 5;
  create view pvv as select id, name, geom from pv;
  create materialized view mpts as select id, name, geom from pts;
  create unique index on mpts (id);`;

const swapView = (random: Random): string => `
  begin;
  create materialized view mcube_new as select code, sum(n)::int + ${random.below(1000)} as n from f group by code;
  create unique index on mcube_new (code);
  drop materialized view mcube;
  alter materialized view mcube_new rename to mcube;
  commit`;

/** What those do who build: anything that decides bytes and is no row. */
const DEFINITIONS: readonly Step[] = [
  (random) => swap(random.of(['pts', 'told']), random),
  swapView,
  (random) => `begin; drop materialized view mcube;
    create materialized view mcube as select code, sum(n)::int * ${1 + random.below(9)} as n from f group by code;
    create unique index on mcube (code); commit`,
  (random) => `create or replace view pv as select id, name, kind, label(kind) as label, geom from pts
    where id % ${2 + random.below(4)} > 0`,
  (random) =>
    `create or replace view pvv as select id, upper(name) || '${word(random)}' as name, geom from pv`,
  (random) => `create or replace view tv as select id, name || '${word(random)}' as name, geom from told`,
  (random) =>
    `create or replace view cube as select code, (sum(n) * ${1 + random.below(50)})::int as n from f group by code`,
  (random) =>
    `create or replace function label(k int) returns text language sql immutable as $$ select '${word(random)}' || k $$`,
  (random) =>
    `alter type mood rename value '${random.of(['calm', 'wild'])}' to '${random.of(['calm', 'wild'])}_'`,
  (random) =>
    `alter type mood rename value '${random.of(['calm', 'wild'])}_' to '${random.of(['calm', 'wild'])}'`,
  (random) => `alter table ${random.of(NAMED)} add column extra int default ${random.below(100)}`,
  (random) => `alter table ${random.of(NAMED)} drop column extra`,
  (random) => `alter table ${random.of(['told', 'adrift', 'pts'])} rename column extra to more`,
  (random) => `alter table ${random.of(['told', 'adrift', 'pts'])} drop column more`,
  (random) => `alter table ${random.of(['told', 'pts'])} alter column kind type text using kind::text || 'x'`,
  (random) => `alter table ${random.of(['told', 'pts'])} alter column kind type int using length(kind::text)`,
  (random) => `alter table feelings alter column geom type geometry(Point, ${random.of([3857, 4326])})
    using st_transform(geom, ${random.of([3857, 4326])})`,
  () => 'alter table feelings alter column geom type geometry(Point, 3857) using st_transform(geom, 3857)',
  () => 'alter table feelings alter column geom type geometry(Point, 4326) using st_transform(geom, 4326)',
  (random) =>
    `alter table ${random.of(['told', 'adrift'])} drop constraint if exists ${random.of(['told', 'adrift'])}_pkey`,
  (random) => `alter table ${random.of(['told', 'adrift'])} add primary key (id)`,
  (random) => `comment on table ${random.of(NAMED)} is '${word(random)}'`,
  (random) => `comment on column ${random.of(NAMED)}.name is '${word(random)}'`,
  (random) => `create index on ${random.of(NAMED)} using gist (geom)`,
  (random) => `alter table parted detach partition parted_${1 + random.below(2)}`,
  () => 'alter table parted attach partition parted_1 for values from (0) to (50)',
  () => 'alter table parted attach partition parted_2 for values from (50) to (100)',
  (random) => `alter table twig ${random.of(['no inherit', 'inherit'])} trunk`,
  (random) => `alter table ${random.of(['told', 'pts'])} rename to away`,
  (random) => `alter table away rename to ${random.of(['told', 'pts'])}`,
  (random) => `alter table reg rename column name to ${random.of(['label', 'name'])}`,
  () => 'alter table reg rename column label to name',
];

/** What loses, and gives back, our knowledge of changes. */
const TRACKING: readonly Step[] = [
  (random) =>
    `select chorograph.track('${random.of(['told', 'pts', 'parted', 'trunk', 'owned', 'reg', 'f'])}')`,
  (random) => `select chorograph.untrack('${random.of(['told', 'pts', 'trunk', 'f'])}')`,
  (random) => `alter table ${random.of(['told', 'trunk', 'parted_1'])} disable trigger user`,
  (random) => `alter table ${random.of(['told', 'trunk', 'parted_1'])} enable trigger user`,
  (random) => {
    const table = random.of(['told', 'trunk']);
    return `alter table ${table} disable trigger user; update ${table} set name = '${word(random)}'; alter table ${table} enable trigger user`;
  },
  (random) => `drop trigger chorograph_touched on ${random.of(['told', 'twig'])}`,
  () => 'select chorograph.fold()',
  () => 'select pg_stat_reset()',
];

/** What must change nothing. */
const HOUSEKEEPING: readonly Step[] = [
  () => 'analyze',
  (random) => `vacuum full ${random.of(['pts', 'told', 'f'])}`,
];

export const STEPS: readonly Step[] = [
  ...DATA, ...DATA, ...DATA, ...REFRESHES, ...REFRESHES, ...DEFINITIONS, ...TRACKING, ...HOUSEKEEPING,
]; // prettier-ignore

/** What the embedded database cannot do, all of whose clients are one session: a transaction is one statement for it. */
export const POSTGRES_STEPS: readonly Step[] = [
  (random) => `begin; ${insert(random)}; prepare transaction 'later'`,
  (random) => `begin; ${update(random)}; prepare transaction 'later'`,
  () => `commit prepared 'later'`,
  () => `commit prepared 'later'`,
  () => `rollback prepared 'later'`,
];
