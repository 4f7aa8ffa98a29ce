-- Functions that make tiles, or look as if they did: (three whole numbers [, query json] [, parameters]) returning
-- bytea as a value, a set or a table; and whatever takes z, x and y but cannot be served, to be listed with a reason.
select n.nspname as schema,
       p.proname as name,
       obj_description(p.oid, 'pg_proc') as description,
       has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute') as executable,
       p.provolatile = 'v' as volatile,
       p.provariadic <> 0 as variadic,
       p.pronargs - p.pronargdefaults as required,
       i.arguments,
       r.columns as result,
       p.oid::text || '.' || coalesce(p.xmin::text, '') as identity
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_type t on t.oid = p.prorettype
cross join lateral (
  select json_agg(json_build_object(
           'name', coalesce(a.name, ''),
           'type', format_type(a.typeid, null),
           'pseudo', (select typtype = 'p' from pg_type where oid = a.typeid),
           'default', pg_get_function_arg_default(p.oid, a.ord::int)) order by a.ord) as arguments
  from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]), p.proargmodes, p.proargnames)
       with ordinality a (typeid, mode, name, ord)
  where a.typeid is not null and coalesce(a.mode, 'i') in ('i', 'b', 'v')) i
-- The columns of a result: of a table or OUT parameters, of a row type, or the value alone.
cross join lateral (
  select coalesce(
    (select json_agg(format_type(a.typeid, null) order by a.ord)
     from unnest(p.proallargtypes, p.proargmodes) with ordinality a (typeid, mode, ord)
     where a.mode in ('o', 'b', 't')),
    (select json_agg(format_type(a.atttypid, null) order by a.attnum)
     from pg_attribute a
     where t.typtype = 'c' and a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped),
    json_build_array(format_type(p.prorettype, null))) as columns) r
where p.prokind = 'f'
  and p.pronargs >= 3
  and (
    ((p.proargtypes::oid[])[0:2] <@ array['int2'::regtype::oid, 'int4'::regtype::oid, 'int8'::regtype::oid]
     and r.columns ->> 0 = 'bytea')
    or (lower(i.arguments -> 0 ->> 'name') in ('z', 'zoom')
        and lower(i.arguments -> 1 ->> 'name') = 'x' and lower(i.arguments -> 2 ->> 'name') = 'y'))
  and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph', 'topology', 'tiger')
  and n.nspname !~ '^pg_temp'
  and not exists (
    select from pg_depend d
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by n.nspname <> 'public', n.nspname, p.proname, p.pronargs, p.oid;
