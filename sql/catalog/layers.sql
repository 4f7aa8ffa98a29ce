-- Every geometry and geography column of every relation, readable or not, with its relation's other
-- columns and keys. Partitions are left out: their parent serves them. One row per spatial column.
-- $1: schemas, $2: relations that are asked for by name, those of extensions included.
with recursive base (oid, typeid, typmod) as (
  -- What a domain is made of, through any number of domains.
  select oid, oid, -1 from pg_type where typtype <> 'd'
  union all
  select t.oid, b.typeid, case when t.typtypmod >= 0 then t.typtypmod else b.typmod end
  from pg_type t
  join base b on b.oid = t.typbasetype
  where t.typtype = 'd'
),
relation as (
  select c.oid, c.relname, c.relkind, c.reltuples, c.relispopulated, n.nspname,
         has_schema_privilege(n.oid, 'usage') as schema_usable,
         has_any_column_privilege(c.oid, 'select') as selectable,
         obj_description(c.oid, 'pg_class') as description
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p', 'v', 'm', 'f')
    and not c.relispartition
    and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph')
    and n.nspname !~ '^pg_(toast|temp)'
    and (
      n.nspname || '.' || c.relname = any($2::text[])
      or n.nspname in ('topology', 'tiger', 'tiger_data') and n.nspname = any($1::text[])
      or n.nspname not in ('topology', 'tiger', 'tiger_data') and not exists (
        select from pg_depend d
        where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e'))
),
attribute as (
  select r.oid, a.attname, a.attnum, a.attnotnull, b.typeid,
         case when a.atttypmod >= 0 then a.atttypmod else b.typmod end as typmod,
         col_description(r.oid, a.attnum) as description,
         has_column_privilege(r.oid, a.attnum, 'select') as selectable
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  join base b on b.oid = a.atttypid
),
spatial as (
  select a.*, t.typname
  from attribute a
  join pg_type t on t.oid = a.typeid
  where t.typname in ('geometry', 'geography')
),
-- Unique and complete indexes; those of a materialized view may hold NULLs in name only.
keys as (
  select i.indrelid, i.indisprimary,
         (select json_agg(a.attname order by k.ord)
          from unnest(i.indkey::int2[]) with ordinality k (attnum, ord)
          join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum) as columns,
         i.indnkeyatts,
         row_number() over (
           partition by i.indrelid
           order by i.indisprimary desc, i.indnkeyatts, i.indexrelid) as preference
  from pg_index i
  join relation r on r.oid = i.indrelid
  where i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
    and i.indnkeyatts = i.indnatts
    and (r.relkind = 'm' or not exists (
      select from unnest(i.indkey::int2[]) k
      join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k
      where not a.attnotnull))
)
select r.nspname as schema,
       r.relname as name,
       r.relkind as kind,
       r.reltuples::float8 as estimated_rows,
       r.relispopulated as populated,
       r.schema_usable,
       r.selectable and s.selectable as selectable,
       r.description,
       s.attname as geometry_column,
       s.typname = 'geography' as is_geography,
       postgis_typmod_srid(s.typmod) as srid,
       postgis_typmod_type(s.typmod) as geometry_type,
       row_number() over (partition by r.oid order by s.attnum) = 1 as is_first,
       -- Another when the relation is, or a view of another query.
       r.oid || '.' || coalesce((
         select w.xmin::text from pg_rewrite w where w.ev_class = r.oid and w.rulename = '_RETURN'), '') as definition,
       exists (
         select from pg_index i
         join pg_class ic on ic.oid = i.indexrelid
         join pg_am am on am.oid = ic.relam
         where i.indrelid = r.oid and i.indisvalid and i.indkey[0] = s.attnum
           and am.amname in ('gist', 'spgist', 'brin')) as has_spatial_index,
       -- On the geometry in web mercator; whatever schema PostGIS is in.
       exists (
         select from pg_index i
         join pg_class ic on ic.oid = i.indexrelid
         join pg_am am on am.oid = ic.relam
         where i.indrelid = r.oid and i.indisvalid and i.indpred is null and i.indkey[0] = 0
           and am.amname in ('gist', 'spgist')
           and regexp_replace(pg_get_indexdef(i.indexrelid, 1, true), '^("[^"]+"|[a-z_0-9]+)\.', '')
             = format('st_transform(%I%s, 3857)', s.attname,
                 case when s.typname = 'geography' then '::geometry' else '' end)) as has_projected_index,
       (select k.columns from keys k where k.indrelid = r.oid and k.preference = 1) as key_columns,
       -- A single integer column that identifies rows, the primary key first: it becomes the feature id.
       (select k.columns ->> 0
        from keys k
        join attribute a on a.oid = k.indrelid and a.attname = k.columns ->> 0
        where k.indrelid = r.oid and k.indnkeyatts = 1
          and a.typeid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
        order by k.preference limit 1) as integer_key,
       (select coalesce(json_agg(json_build_object(
                 'name', a.attname,
                 'type', format_type(a.typeid, null),
                 'category', t.typcategory,
                 'notNull', a.attnotnull,
                 'description', a.description) order by a.attnum), '[]')
        from attribute a
        join pg_type t on t.oid = a.typeid
        where a.oid = r.oid and a.selectable and t.typname not in ('geometry', 'geography', 'raster')) as columns
from spatial s
join relation r on r.oid = s.oid
order by r.nspname <> 'public', r.nspname, r.relname, s.attnum;
