-- Indexes that were given up halfway, and materialized views that no unique index lets refresh while they are read.
-- $1: the views (schema.name) that are refreshed.
select 'invalid' as what, n.nspname || '.' || ic.relname as name,
       format('drop index concurrently %I.%I', n.nspname, ic.relname) as statement
from pg_index i
join pg_class ic on ic.oid = i.indexrelid
join pg_namespace n on n.oid = ic.relnamespace
where not i.indisvalid
  and n.nspname !~ '^pg_'
  -- One that is being made is not valid yet.
  and not exists (select from pg_locks l where l.relation = i.indexrelid and l.mode = 'ShareUpdateExclusiveLock')
union all
select 'not unique', n.nspname || '.' || c.relname, null
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'm'
  and n.nspname || '.' || c.relname = any($1::text[])
  and not exists (
    select from pg_index i
    where i.indrelid = c.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null)
order by 1, 2;
