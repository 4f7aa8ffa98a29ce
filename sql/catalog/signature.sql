-- A short text that differs when a relation, a function or a schema was made, dropped, altered or granted since:
-- the versions of their rows, which VACUUM and ANALYZE leave as they are. Milliseconds for thousands of tables.
select md5(string_agg(part, ' ' order by part)) as signature
from (
  select c.oid || '.' || c.xmin as part
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname !~ '^pg_' and n.nspname not in ('information_schema', 'chorograph')
  union all
  select 'p' || p.oid || '.' || p.xmin from pg_proc p where p.prorettype in ('bytea'::regtype, 'record'::regtype) and p.oid >= 16384
  union all
  select 'r' || r.ev_class || '.' || r.xmin from pg_rewrite r where r.oid >= 16384
  union all
  select 'n' || n.oid || '.' || n.xmin from pg_namespace n where n.nspname !~ '^pg_'
) parts;
