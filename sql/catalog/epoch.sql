-- What counters and numbers were made in. base: the database, its programs, our schema: the same data means the same
-- bytes only there. counters: when PostgreSQL's counters last began anew or may have come back to old values. They do
-- so after a crash and when files are restored, and no other sign of that is there on every version.
-- functions: all that this database made, together. readable: whether the role may read our schema; writable: fold in
-- it what transactions left there.
select json_build_array(
         (select d.oid from pg_database d where d.datname = current_database()),
         current_setting('server_version_num'),
         (select string_agg(extname || ' ' || extversion, ',' order by extname) from pg_extension where extname ~ '^postgis'))::text as base,
       json_build_array(
         pg_postmaster_start_time(),
         (select stats_reset from pg_stat_database where datname = current_database()),
         (select stats_reset from pg_stat_bgwriter))::text as counters,
       (select count(*) || '-' || sum(xmin::text::int8) from pg_proc where oid >= 16384) as functions,
       coalesce(own.readable, false) as readable,
       coalesce(own.writable, false) and not pg_is_in_recovery() and current_setting('default_transaction_read_only') = 'off'
         as writable
from (select) one
left join (
  select bool_and(has_table_privilege(c.oid, 'select')) and count(*) = 3 as readable,
         bool_and(has_table_privilege(c.oid, 'delete') or c.relname <> 'touch') as writable
  from pg_namespace n
  join pg_class c on c.relnamespace = n.oid and c.relname in ('generation', 'generation_base', 'touch')
  where n.nspname = 'chorograph' and has_schema_privilege(n.oid, 'usage')
) own on true;
