-- Every geometry and geography column of every relation, readable or not, with its relation's other
-- columns and keys. Partitions are left out: their parent serves them. One row per spatial column.
-- $1: schemas, $2: relations that are asked for by name, those of extensions included.
-- What is asked of each relation is found by an index of the system's tables, so that thousands take a second.
with recursive domain (oid, typeid, typmod) as (
  -- What a domain is made of, through any number of domains.
  select t.oid, t.typbasetype, t.typtypmod from pg_type t where t.typtype = 'd'
  union all
  select d.oid, t.typbasetype, case when d.typmod >= 0 then d.typmod else t.typtypmod end
  from domain d
  join pg_type t on t.oid = d.typeid and t.typtype = 'd'
),
base as (
  select d.oid, d.typeid, d.typmod
  from domain d
  join pg_type t on t.oid = d.typeid and t.typtype <> 'd'
),
relation as (
  select c.oid, c.relname, c.relkind, c.reltuples, c.relispopulated, n.nspname,
         has_schema_privilege(n.oid, 'usage') as schema_usable
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
spatial as (
  select r.*, a.attname, a.attnum, t.typname,
         case when a.atttypmod >= 0 then a.atttypmod else coalesce(b.typmod, -1) end as typmod,
         row_number() over (partition by r.oid order by a.attnum) = 1 as is_first
  from relation r
  join pg_attribute a on a.attrelid = r.oid and a.attnum > 0 and not a.attisdropped
  left join base b on b.oid = a.atttypid
  join pg_type t on t.oid = coalesce(b.typeid, a.atttypid)
  where t.typname in ('geometry', 'geography')
)
select s.nspname as schema,
       s.relname as name,
       s.relkind as kind,
       s.reltuples::float8 as estimated_rows,
       s.relispopulated as populated,
       s.schema_usable,
       has_any_column_privilege(s.oid, 'select') and has_column_privilege(s.oid, s.attnum, 'select') as selectable,
       obj_description(s.oid, 'pg_class') as description,
       s.attname as geometry_column,
       s.typname = 'geography' as is_geography,
       postgis_typmod_srid(s.typmod) as srid,
       postgis_typmod_type(s.typmod) as geometry_type,
       s.is_first,
       -- Another when the relation is, or a view of another query.
       s.oid || '.' || coalesce((
         select w.xmin::text from pg_rewrite w where w.ev_class = s.oid and w.rulename = '_RETURN'), '') as definition,
       exists (
         select from pg_index i
         join pg_class ic on ic.oid = i.indexrelid
         join pg_am am on am.oid = ic.relam
         where i.indrelid = s.oid and i.indisvalid and i.indkey[0] = s.attnum
           and am.amname in ('gist', 'spgist', 'brin')) as has_spatial_index,
       -- On the geometry in web mercator; whatever schema PostGIS is in.
       exists (
         select from pg_index i
         join pg_class ic on ic.oid = i.indexrelid
         join pg_am am on am.oid = ic.relam
         where i.indrelid = s.oid and i.indisvalid and i.indpred is null and i.indkey[0] = 0
           and am.amname in ('gist', 'spgist')
           and regexp_replace(pg_get_indexdef(i.indexrelid, 1, true), '^("[^"]+"|[a-z_0-9]+)\.', '')
             = format('st_transform(%I%s, 3857)', s.attname,
                 case when s.typname = 'geography' then '::geometry' else '' end)) as has_projected_index,
       keys.key_columns,
       keys.integer_key,
       (select coalesce(json_agg(json_build_object(
                 'name', a.attname,
                 'type', format_type(t.oid, null),
                 'category', t.typcategory,
                 'notNull', a.attnotnull,
                 'description', col_description(s.oid, a.attnum)) order by a.attnum), '[]')
        from pg_attribute a
        left join base b on b.oid = a.atttypid
        join pg_type t on t.oid = coalesce(b.typeid, a.atttypid)
        where a.attrelid = s.oid and a.attnum > 0 and not a.attisdropped
          and has_column_privilege(s.oid, a.attnum, 'select')
          and t.typname not in ('geometry', 'geography', 'raster')) as columns
from spatial s
-- Unique and complete indexes, the primary key first; those of a materialized view may hold NULLs in name only.
left join lateral (
  select (array_agg(k.columns order by k.indisprimary desc, k.indnkeyatts, k.indexrelid))[1] as key_columns,
         -- A single integer column that identifies rows becomes the feature id.
         (array_agg(k.columns ->> 0 order by k.indisprimary desc, k.indexrelid)
            filter (where k.indnkeyatts = 1 and k.is_integer))[1] as integer_key
  from (
    select i.indexrelid, i.indisprimary, i.indnkeyatts,
           (select json_agg(a.attname order by u.ord)
            from unnest(i.indkey::int2[]) with ordinality u (attnum, ord)
            join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u.attnum) as columns,
           (select coalesce(b.typeid, a.atttypid) in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
            from pg_attribute a
            left join base b on b.oid = a.atttypid
            where a.attrelid = i.indrelid and a.attnum = i.indkey[0]) as is_integer
    from pg_index i
    where i.indrelid = s.oid
      and i.indisunique and i.indisvalid and i.indpred is null and i.indexprs is null
      and i.indnkeyatts = i.indnatts
      and (s.relkind = 'm' or not exists (
        select from unnest(i.indkey::int2[]) u
        join pg_attribute a on a.attrelid = i.indrelid and a.attnum = u
        where not a.attnotnull))
  ) k
) keys on true
order by s.nspname <> 'public', s.nspname, s.relname, s.attnum;
