-- Up Migration
-- Tells the servers when somebody made, altered or dropped what they publish. It runs inside other people's DDL, so it
-- never fails, looks at nothing but what the command did, and says nothing where that would cost them something: a
-- transaction that notified cannot be prepared, so where transactions can be, the servers look by themselves.
create function chorograph.catalog_changed() returns event_trigger
language plpgsql
set search_path = pg_catalog
as $$
begin
  if current_setting('max_prepared_transactions')::integer > 0 then
    return;
  end if;
  if tg_event = 'sql_drop' then
    perform from pg_event_trigger_dropped_objects()
    where object_type in ('table', 'view', 'materialized view', 'foreign table', 'function', 'index', 'schema')
      and not is_temporary and schema_name is distinct from 'chorograph' and coalesce(schema_name, '') !~ '^pg_';
  else
    perform from pg_event_trigger_ddl_commands()
    where schema_name is distinct from 'chorograph' and coalesce(schema_name, '') !~ '^pg_';
  end if;
  if found then
    perform pg_notify('chorograph_catalog', '');
  end if;
exception when others then
  null;
end;
$$;
comment on function chorograph.catalog_changed() is 'Tells the servers to read the catalogue again; called by event triggers alone';

-- Only a superuser may make event triggers, or who a host lets: without them the servers find it a few seconds later.
do $$
begin
  create event trigger chorograph_catalog on ddl_command_end
    when tag in (
      'CREATE TABLE', 'CREATE TABLE AS', 'SELECT INTO', 'CREATE VIEW', 'CREATE MATERIALIZED VIEW', 'CREATE FOREIGN TABLE',
      'CREATE FUNCTION', 'CREATE INDEX', 'ALTER TABLE', 'ALTER VIEW', 'ALTER MATERIALIZED VIEW', 'ALTER FOREIGN TABLE',
      'ALTER FUNCTION', 'ALTER SCHEMA', 'IMPORT FOREIGN SCHEMA', 'COMMENT', 'GRANT', 'REVOKE')
    execute function chorograph.catalog_changed();
  create event trigger chorograph_catalog_drop on sql_drop execute function chorograph.catalog_changed();
exception when insufficient_privilege then
  raise notice 'no event trigger: the role may not make one';
end;
$$;

-- Down Migration
drop event trigger if exists chorograph_catalog_drop;
drop event trigger if exists chorograph_catalog;
drop function chorograph.catalog_changed();
