-- Indexes that were given up halfway, and what takes each away.
select n.nspname || '.' || ic.relname as name,
       format('drop index concurrently %I.%I', n.nspname, ic.relname) as statement
from pg_index i
join pg_class ic on ic.oid = i.indexrelid
join pg_namespace n on n.oid = ic.relnamespace
where not i.indisvalid
  and n.nspname !~ '^pg_'
  -- One that is being made is not valid yet.
  and not exists (select from pg_locks l where l.relation = i.indexrelid and l.mode = 'ShareUpdateExclusiveLock')
order by 1;
