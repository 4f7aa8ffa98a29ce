-- Up Migration
-- The trigger that keeps changed rows writes them as text, with its owner's rights: a cast of somebody's own type would be code of theirs that
-- has these. A column that came to have such a type is not known to be handed over, as one that is missing.
do $$
declare
  known constant text := pg_get_functiondef('chorograph.captured()'::regprocedure);
  checked constant text := replace(known, 'from pg_attribute a where a.attrelid = tg_relid and a.attname = name and not a.attisdropped)) as complete',
    'from pg_attribute a join pg_type t on t.oid = a.atttypid
          where a.attrelid = tg_relid and a.attname = name and not a.attisdropped
            and (t.typnamespace = ''pg_catalog''::regnamespace or exists (
              select from pg_depend d where d.classid = ''pg_type''::regclass and d.objid = t.oid and d.deptype = ''e'')))) as complete');
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
  execute regexp_replace(known, 'from pg_attribute a join pg_type t.*?deptype = ''e''\)\)\)\) as complete',
    'from pg_attribute a where a.attrelid = tg_relid and a.attname = name and not a.attisdropped)) as complete');
end;
$$;
