-- Up Migration
-- The trigger that keeps changed rows writes them as text, with its owner's rights: a cast of somebody's own type would be code of theirs that
-- has these. Only what can be cast by nobody but PostgreSQL, a superuser or that owner is written; a column of another type is not handed over, as one
-- that is missing. (A domain is cast as what it is of.)
do $$
declare
  known constant text := pg_get_functiondef('chorograph.captured()'::regprocedure);
  checked constant text := replace(known, 'from pg_attribute a where a.attrelid = tg_relid and a.attname = name and not a.attisdropped)) as complete',
    'from pg_attribute a join pg_type t on t.oid = a.atttypid
          where a.attrelid = tg_relid and a.attname = name and not a.attisdropped
            and (t.typnamespace = ''pg_catalog''::regnamespace or t.typtype <> ''d'' and exists (
              select from pg_roles o where o.oid = t.typowner and (o.rolsuper or o.rolname = current_user))))) as complete');
begin
  if checked = known then raise exception 'chorograph.captured() is not what it was'; end if;
  execute checked;
end;
$$;

-- Down Migration
do $$
declare
  known constant text := pg_get_functiondef('chorograph.captured()'::regprocedure);
begin
  execute regexp_replace(known, 'from pg_attribute a join pg_type t.*?current_user\)\)\)\)\) as complete',
    'from pg_attribute a where a.attrelid = tg_relid and a.attname = name and not a.attisdropped)) as complete');
end;
$$;
