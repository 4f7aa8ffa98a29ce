-- Which PostgreSQL it is, and how much the database holds.
select current_setting('server_version_num')::int as version,
       current_setting('server_version') as "versionName",
       pg_database_size(current_database())::float8 as bytes;
