-- What tells that a relation's data changed where nothing tracks it: PostgreSQL's own counters of
-- changed rows, and the file that holds it (TRUNCATE and a plain refresh make a new one).
select n.nspname || '.' || c.relname as relation,
       c.relfilenode::text || '.' || coalesce(s.n_tup_ins + s.n_tup_upd + s.n_tup_del, 0) as counted
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
left join pg_stat_user_tables s on s.relid = c.oid
where c.relkind in ('r', 'p', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph')
  and n.nspname !~ '^pg_(toast|temp)';
