-- Functions that make tiles: (z, x, y integer [, query json] [, named parameters]) returning bytea.
select n.nspname as schema,
       p.proname as name,
       obj_description(p.oid, 'pg_proc') as description,
       has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute') as executable,
       p.pronargs - p.pronargdefaults as required,
       (select json_agg(json_build_object(
                 'name', p.proargnames[a.ord],
                 'type', format_type(a.typeid, null)) order by a.ord)
        from unnest(p.proargtypes::oid[]) with ordinality a (typeid, ord)) as arguments
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
where p.prokind = 'f'
  and p.prorettype = 'bytea'::regtype
  and not p.proretset
  and p.pronargs >= 3
  and p.proargmodes is null
  and p.proargnames[1:3] = array['z', 'x', 'y']
  and (p.proargtypes::oid[])[0:2] <@ array['int4'::regtype::oid, 'int8'::regtype::oid]
  and n.nspname not in ('pg_catalog', 'information_schema', 'chorograph')
  and not exists (
    select from pg_depend d
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by n.nspname <> 'public', n.nspname, p.proname, p.oid;
