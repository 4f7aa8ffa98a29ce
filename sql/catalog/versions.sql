-- What tells that a relation's data changed where nothing tracks it: PostgreSQL's own counters of
-- changed rows, and the file that holds it (TRUNCATE and a plain refresh make a new one). What a table
-- holds is also in its partitions and heirs. A foreign table has no counters: it is not listed.
-- A standby counts nothing of what it replays: there nothing is listed.
-- The counters begin again after a crash; the time of that keeps old sums from coming back.
with recursive part (root, oid) as (
  select c.oid, c.oid
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'm')
    and not pg_is_in_recovery()
    and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph')
    and n.nspname !~ '^pg_(toast|temp)'
  union
  select p.root, i.inhrelid
  from part p
  join pg_inherits i on i.inhparent = p.oid
),
reset as (
  select coalesce(extract(epoch from stats_reset)::text, '') as at
  from pg_stat_database
  where datname = current_database()
)
select n.nspname || '.' || c.relname as relation, counts.counted || '.' || coalesce((select at from reset), '') as counted
from (
  select p.root,
         string_agg(c.relfilenode::text, ',' order by c.oid) || '.' || sum(
           pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid)
           + pg_stat_get_tuples_deleted(c.oid)) as counted
  from part p
  join pg_class c on c.oid = p.oid
  group by p.root
) counts
join pg_class c on c.oid = counts.root
join pg_namespace n on n.oid = c.relnamespace;
