-- What every relation is at: what decides the bytes that are made of it, but for what chorograph.stamp() has no time for.
--
-- identity: oid, parts, columns, our triggers, rules. As the stamp says it: rows of the system catalogues by their xmin,
--   which any change of them makes anew.
-- shape: types of the columns that are made here, policies. about: what the catalogue reads besides.
-- counted: PostgreSQL's counters of changed rows, partitions and heirs included, and files (TRUNCATE, a rewrite and a
--   plain refresh make new ones). NULL where nothing counts: for a foreign table, where track_counts is off, and on a
--   standby, whose counters stand still.
with recursive relation as (
  select c.oid, c.relname, c.relkind, c.relpersistence, c.relhassubclass, c.relhastriggers, c.relfilenode, c.relrowsecurity,
         c.relforcerowsecurity, c.relacl, c.xmin::text as version, n.nspname, n.nspname || '.' || c.relname as name,
         has_schema_privilege(n.oid, 'usage') as usable
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm', 'v', 'f')
    and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph')
    and n.nspname !~ '^pg_(toast|temp)'
),
part (root, oid) as (
  select oid, oid from relation where relhassubclass
  union
  select p.root, i.inhrelid from part p join pg_inherits i on i.inhparent = p.oid
),
trigger as (
  select tgrelid, xmin::text::int8 as version from pg_trigger where tgname = 'chorograph_touched'
),
-- The rows that tie the parts of a tree: one that was away for a while may have come back with other data.
ties as (
  select p.root, sum(hashint8extended(i.inhrelid::int8, i.xmin::text::int8)::numeric)::text as parts
  from part p
  join pg_inherits i on i.inhparent = p.oid
  group by p.root
),
-- Of trees, all members together.
tree as (
  select p.root,
         sum(pg_stat_get_tuples_inserted(p.oid) + pg_stat_get_tuples_updated(p.oid) + pg_stat_get_tuples_deleted(p.oid))
           || '.' || sum(hashint8extended(p.oid::int8, c.relfilenode::int8)::numeric) as counted,
         bool_or(c.relkind = 'f') as is_foreign,
         bool_or(c.relpersistence = 'u') as is_unlogged,
         nullif(count(t.version), 0) || '-' || sum(t.version) as triggers
  from part p
  join pg_class c on c.oid = p.oid
  left join trigger t on t.tgrelid = p.oid
  group by p.root
),
-- Types that this database made: enums, domains, composites, and arrays of them.
own (oid) as (
  select t.oid from pg_type t left join pg_class c on c.oid = t.typrelid
  where t.oid >= 16384 and (t.typtype in ('e', 'd') or (t.typtype = 'c' and c.relkind = 'c'))
),
made (root, oid) as (
  select oid, oid from own
  union
  select t.oid, t.typelem from pg_type t where t.typelem in (select oid from own)
  union
  select m.root, step.oid
  from made m
  join pg_type t on t.oid = m.oid
  cross join lateral (
    select t.typbasetype as oid
    union all
    select t.typelem
    union all
    select a.atttypid from pg_attribute a where a.attrelid = t.typrelid) step
  where step.oid >= 16384
),
made_version as (
  select m.root, sum(t.xmin::text::int8) || '-'
         || coalesce(sum((select sum(e.xmin::text::int8) from pg_enum e where e.enumtypid = m.oid)), 0) || '-'
         || coalesce(sum((select sum(a.xmin::text::int8) from pg_attribute a where a.attrelid = t.typrelid)), 0) as version
  from made m
  join pg_type t on t.oid = m.oid
  group by m.root
),
typed as (
  select a.attrelid, string_agg(m.version, ',' order by a.attnum) as types
  from made_version m
  join pg_attribute a on a.atttypid = m.root and a.attnum > 0
  group by a.attrelid
),
columns as (
  select attrelid,
         count(*) || '-' || sum(xmin::text::int8) as versions,
         bool_or(atttypid = any(array(
           select t.oid from pg_type t where t.typname in ('geometry', 'geography')))) as is_spatial
  from pg_attribute
  where attnum > 0 and attrelid in (select oid from relation)
  group by attrelid
),
rule as (
  select ev_class, sum(xmin::text::int8)::text as versions from pg_rewrite where ev_class >= 16384 group by 1
),
policy as (
  select polrelid, count(*) || '-' || sum(xmin::text::int8) as versions from pg_policy group by 1
),
indexed as (
  select indrelid, count(*) || '-' || sum(indexrelid::int8) || '-' || sum(indisvalid::int + 2 * indisunique::int) as versions
  from pg_index where indrelid >= 16384 group by 1
),
described as (
  select objoid, count(*) || '-' || sum(xmin::text::int8) as versions
  from pg_description where classoid = 'pg_class'::regclass and objoid >= 16384 group by 1
)
select r.name as relation,
       case when r.usable then quote_ident(r.nspname) || '.' || quote_ident(r.relname) else r.oid::text end as quoted,
       r.relkind as kind,
       concat_ws('.', r.oid, case when r.relhassubclass then coalesce(ties.parts, '0') else '-' end,
         coalesce(columns.versions, '0-0'),
         coalesce(case when r.relhassubclass then tree.triggers else '1-' || trigger.version end, '-'),
         coalesce(case when r.relkind = 'v' then rule.versions end, '-')) as identity,
       r.version,
       concat_ws('.', typed.types, policy.versions, r.relrowsecurity, r.relforcerowsecurity) as shape,
       md5(concat_ws('.', r.oid, columns.versions, typed.types, rule.versions, indexed.versions, described.versions,
         r.relacl::text)) as about,
       coalesce(columns.is_spatial, false) as "isSpatial",
       coalesce(tree.is_unlogged, r.relpersistence = 'u') as "isUnlogged",
       r.relrowsecurity as "isSecured",
       case when r.relkind in ('r', 'p', 'm') and not coalesce(tree.is_foreign, false) and not pg_is_in_recovery()
           and (select current_setting('track_counts')::boolean) then
         coalesce(tree.counted, pg_stat_get_tuples_inserted(r.oid) + pg_stat_get_tuples_updated(r.oid)
           + pg_stat_get_tuples_deleted(r.oid) || '.' || r.relfilenode) end as counted
from relation r
left join ties on ties.root = r.oid
left join tree on tree.root = r.oid
left join trigger on trigger.tgrelid = r.oid
left join columns on columns.attrelid = r.oid
left join typed on typed.attrelid = r.oid
left join rule on rule.ev_class = r.oid
left join policy on policy.polrelid = r.oid
left join indexed on indexed.indrelid = r.oid
left join described on described.objoid = r.oid;
