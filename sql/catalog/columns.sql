-- Columns of named relations (schema.name), for the cubes of maps.yaml, which have no geometry.
select n.nspname || '.' || c.relname as relation,
       n.nspname as schema,
       c.relname as name,
       c.relispopulated as populated,
       json_agg(json_build_object(
         'name', a.attname,
         'type', format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null),
         'category', t.typcategory,
         'notNull', a.attnotnull,
         'description', col_description(c.oid, a.attnum)) order by a.attnum) as columns
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
join pg_type t on t.oid = a.atttypid
where n.nspname || '.' || c.relname = any($1::text[])
  and c.relkind in ('r', 'p', 'v', 'm', 'f')
  and has_schema_privilege(n.oid, 'usage')
  and has_column_privilege(c.oid, a.attnum, 'select')
group by n.nspname, c.relname, c.relispopulated;
