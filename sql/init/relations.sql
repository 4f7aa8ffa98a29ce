-- Tables, views and materialized views that this role may read, with what is known of their columns, keys and
-- references: what `chorograph init` chooses from. Partitions are left out, as their parent has their rows.
-- $1: schemas; all where empty.
with relation as (
  select c.oid, n.nspname, c.relname, c.relkind
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not c.relispartition
    and c.relispopulated
    and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph', 'topology', 'tiger', 'tiger_data')
    and n.nspname !~ '^pg_(toast|temp)'
    and (cardinality($1::text[]) = 0 or n.nspname = any($1::text[]))
    and has_schema_privilege(n.oid, 'usage')
    and has_any_column_privilege(c.oid, 'select')
    and not exists (
      select from pg_depend d
      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
)
select r.nspname as schema,
       r.relname as name,
       r.relkind as kind,
       (select coalesce(json_agg(json_build_object(
                 'name', a.attname,
                 'type', format_type(coalesce(nullif(t.typbasetype, 0), t.oid), null),
                 'category', t.typcategory) order by a.attnum), '[]')
        from pg_attribute a
        join pg_type t on t.oid = a.atttypid
        where a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
          and has_column_privilege(r.oid, a.attnum, 'select')) as columns,
       (select coalesce(json_agg((
                 select json_agg(a.attname order by u.ord)
                 from unnest(i.indkey::int2[]) with ordinality u (attnum, ord)
                 join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum)), '[]')
        from pg_index i
        where i.indrelid = r.oid and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
          and i.indnkeyatts = i.indnatts) as unique_keys,
       (select coalesce(json_agg(json_build_object(
                 'column', a.attname,
                 'references', fn.nspname || '.' || fc.relname,
                 'referenced', fa.attname)), '[]')
        from pg_constraint k
        join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
        join pg_class fc on fc.oid = k.confrelid
        join pg_namespace fn on fn.oid = fc.relnamespace
        join pg_attribute fa on fa.attrelid = k.confrelid and fa.attnum = k.confkey[1]
        where k.conrelid = r.oid and k.contype = 'f' and cardinality(k.conkey) = 1) as foreign_keys
from relation r
order by r.nspname <> 'public', r.nspname, r.relname;
