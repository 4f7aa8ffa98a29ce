-- For every view and materialized view: the tables it reads, through any number of views, partitions included.
with recursive reads (view, relation) as (
  select r.ev_class, d.refobjid
  from pg_rewrite r
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
   and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.ev_class
),
edges (from_relation, relation) as (
  select view, relation from reads
  union
  select inhparent, inhrelid from pg_inherits
),
closure (view, relation) as (
  select view, relation from reads
  union
  select c.view, e.relation from closure c join edges e on e.from_relation = c.relation
)
select distinct vn.nspname as view_schema, v.relname as view_name, v.relkind as view_kind,
       n.nspname as schema, t.relname as name, t.relkind as kind
from closure c
join pg_class v on v.oid = c.view and v.relkind in ('v', 'm')
join pg_namespace vn on vn.oid = v.relnamespace and vn.nspname not in ('pg_catalog', 'information_schema')
join pg_class t on t.oid = c.relation and t.relkind in ('r', 'p', 'm', 'f')
join pg_namespace n on n.oid = t.relnamespace and n.nspname not in ('pg_catalog', 'information_schema');
