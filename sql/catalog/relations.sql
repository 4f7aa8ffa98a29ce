-- Every relation by its name, with what it is and whether the role may read any of it: for what maps.yaml names.
select n.nspname || '.' || c.relname as relation,
       c.relkind as kind,
       has_schema_privilege(n.oid, 'usage') and has_any_column_privilege(c.oid, 'select') as readable
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph')
  and n.nspname !~ '^pg_(toast|temp)'
order by 1;
