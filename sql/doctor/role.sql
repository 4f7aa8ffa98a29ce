-- What the role is and may do. Schema chorograph is looked up in the catalogue: by name it cannot be, of who may not use it.
select current_user::text as role,
       current_database()::text as database,
       r.rolsuper as super,
       has_database_privilege(current_database(), 'create') as "mayCreate",
       g.oid is not null as own,
       coalesce(has_schema_privilege(g.relnamespace, 'usage')
         and has_table_privilege(g.oid, 'select')
         and has_table_privilege(g.oid, 'insert')
         and has_table_privilege(g.oid, 'update'), false) as "mayUse",
       current_setting('max_connections')::int as "maxConnections",
       r.rolconnlimit as "connectionLimit"
from pg_roles r
left join (pg_class g join pg_namespace n on n.oid = g.relnamespace and n.nspname = 'chorograph')
  on g.relname = 'generation'
where r.rolname = current_user;
