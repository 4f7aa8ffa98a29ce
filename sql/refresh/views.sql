-- Materialized views by name (schema.name), and what each was made of: the tables, foreign tables and
-- other materialized views that it reads directly or through plain views, partitions included, and those views.
--
-- `timeless` is false where a view can change although no source did: it reads the
-- clock, a foreign table, a volatile function, or a function that may read what we cannot see.
with recursive wanted as (
  select c.oid, n.nspname, c.relname, c.relkind, c.relispopulated, c.reltuples
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname || '.' || c.relname = any($1::text[])
),
reads (view, relation) as (
  select r.ev_class, d.refobjid
  from pg_rewrite r
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
   and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
),
closure (root, relation) as (
  select w.oid, r.relation from wanted w join reads r on r.view = w.oid where w.relkind = 'm'
  union
  select c.root, step.relation
  from closure c
  join pg_class p on p.oid = c.relation
  cross join lateral (
    select r.relation from reads r where r.view = c.relation and p.relkind = 'v'
    union all
    select i.inhrelid from pg_inherits i where i.inhparent = c.relation) step
),
source as (
  select c.root, n.nspname || '.' || p.relname as name, p.relkind as kind
  from closure c
  join pg_class p on p.oid = c.relation and p.relkind in ('r', 'p', 'm', 'f', 'v')
  join pg_namespace n on n.oid = p.relnamespace and n.nspname not in ('pg_catalog', 'information_schema')
),
-- The rules of a view and of the plain views behind it name every function that they call.
rule as (
  select v.root, r.ev_action::text as action
  from (select oid as root, oid as view from wanted
        union
        select c.root, c.relation from closure c join pg_class p on p.oid = c.relation and p.relkind = 'v') v
  join pg_rewrite r on r.ev_class = v.view
),
unsteady as (
  select r.root
  from rule r
  where r.action ~ 'SQLVALUEFUNCTION'
     or exists (
       select from regexp_matches(r.action, ':(?:op|agg|win)?fu?nc?(?:id|oid) (\d+)', 'g') m
       join pg_proc p on p.oid = m[1]::oid
       left join pg_depend e on e.classid = 'pg_proc'::regclass and e.objid = p.oid and e.deptype = 'e'
       where p.provolatile = 'v'
          or p.proname in ('now', 'transaction_timestamp', 'statement_timestamp', 'current_setting')
          or (p.provolatile = 's' and p.pronamespace <> 'pg_catalog'::regnamespace and e.objid is null))
)
select w.nspname || '.' || w.relname as view,
       w.nspname as schema,
       w.relname as name,
       w.oid::text as oid,
       w.relkind = 'm' as materialized,
       w.relispopulated as populated,
       w.reltuples::float8 as estimated_rows,
       exists (
         select from pg_index i
         where i.indrelid = w.oid and i.indisunique and i.indisvalid and i.indimmediate
           and i.indpred is null and i.indexprs is null) as has_unique_index,
       not exists (select from unsteady u where u.root = w.oid)
         and not exists (select from source s where s.root = w.oid and s.kind = 'f') as timeless,
       coalesce((select json_agg(s.name order by s.name) from source s where s.root = w.oid), '[]') as sources
from wanted w
order by 1;
