-- Up Migration
-- The generation of a relation grows in the transaction that changes its data; listeners hear of it on commit.
create table chorograph.generation (
  relation text primary key,
  generation bigint not null default 1,
  changed_at timestamptz not null default now()
);
comment on table chorograph.generation is 'A number per relation (schema.name) that grows in the transaction in which its data changed';

create function chorograph.bump(changed text) returns bigint
language plpgsql
as $$
declare
  result bigint;
begin
  insert into chorograph.generation as g (relation) values (changed)
  on conflict (relation) do update set generation = g.generation + 1, changed_at = now()
  returning generation into result;
  perform pg_notify('chorograph_generation', json_build_object('relation', changed, 'generation', result)::text);
  return result;
end;
$$;
comment on function chorograph.bump(text) is 'Raises the generation of a relation and tells every listener when the transaction commits';

create function chorograph.touched() returns trigger
language plpgsql
as $$
begin
  perform chorograph.bump(tg_table_schema || '.' || tg_table_name);
  return null;
end;
$$;

create function chorograph.track(target regclass) returns void
language plpgsql
as $$
begin
  execute format('drop trigger if exists chorograph_touched on %s', target);
  execute format(
    'create trigger chorograph_touched after insert or update or delete or truncate on %s
     for each statement execute function chorograph.touched()', target);
  perform chorograph.bump(n.nspname || '.' || c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = target;
end;
$$;
comment on function chorograph.track(regclass) is 'Makes every statement that changes a table raise its generation; called by its owner, never by the server';

create function chorograph.untrack(target regclass) returns void
language plpgsql
as $$
begin
  execute format('drop trigger if exists chorograph_touched on %s', target);
  delete from chorograph.generation g
  using pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = target and g.relation = n.nspname || '.' || c.relname;
end;
$$;

-- Down Migration
-- The triggers that track() made stand on users' tables; they must go before their function does.
do $$
declare
  target regclass;
begin
  for target in select tgrelid from pg_trigger where tgname = 'chorograph_touched' loop
    perform chorograph.untrack(target);
  end loop;
end;
$$;
drop function chorograph.untrack(regclass);
drop function chorograph.track(regclass);
drop function chorograph.touched();
drop function chorograph.bump(text);
drop table chorograph.generation;
