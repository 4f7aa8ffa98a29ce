-- For every view: what it reads, through any number of views, partitions included; the functions that it calls; and
-- whether it changes only when what it reads does. Not one that reads the clock, a volatile function, or a function of
-- somebody's own that may read what we cannot see.
with recursive rule as (
  select r.oid, r.ev_class as view, r.ev_action::text as action
  from pg_rewrite r
  join pg_class c on c.oid = r.ev_class and c.relkind = 'v' and r.ev_type = '1'
  join pg_namespace n on n.oid = c.relnamespace and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph')
),
reads (view, relation) as (
  select r.view, d.refobjid
  from rule r
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid
   and d.refclassid = 'pg_class'::regclass and d.refobjid <> r.view
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
),
calls as (
  select r.view, count(*) || '-' || sum(p.xmin::text::int8) as versions
  from rule r
  join pg_depend d on d.classid = 'pg_rewrite'::regclass and d.objid = r.oid and d.refclassid = 'pg_proc'::regclass
  join pg_proc p on p.oid = d.refobjid
  group by r.view
),
unsteady as (
  select r.view
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
select vn.nspname || '.' || v.relname as view,
       coalesce((select json_agg(n.nspname || '.' || t.relname order by n.nspname, t.relname)
                 from closure c
                 join pg_class t on t.oid = c.relation and t.relkind in ('r', 'p', 'm', 'f', 'v')
                 join pg_namespace n on n.oid = t.relnamespace and n.nspname not in ('pg_catalog', 'information_schema')
                 where c.view = r.view), '[]') as reads,
       calls.versions as calls,
       r.view not in (select view from unsteady) as "isSteady"
from rule r
join pg_class v on v.oid = r.view
join pg_namespace vn on vn.oid = v.relnamespace
left join calls on calls.view = r.view
order by 1;
