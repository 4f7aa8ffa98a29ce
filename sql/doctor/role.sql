-- What the role is and may do, and how much room its server has.
select current_user::text as role,
       current_database()::text as database,
       r.rolsuper as super,
       has_database_privilege(current_database(), 'create') as "mayCreate",
       to_regclass('chorograph.generation') is not null as own,
       coalesce(has_schema_privilege(to_regnamespace('chorograph'), 'usage')
         and has_table_privilege(to_regclass('chorograph.generation'), 'select, insert, update'), false) as "mayUse",
       current_setting('max_connections')::int as "maxConnections",
       r.rolconnlimit as "connectionLimit",
       current_setting('server_version_num')::int as version,
       current_setting('server_version') as "versionName",
       pg_database_size(current_database())::float8 as bytes
from pg_roles r
where r.rolname = current_user;
