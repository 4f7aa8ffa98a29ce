-- Up Migration
-- What is made of a tracked table follows its changes in proportion to them: beside the trigger that raises the
-- generation, three more hand over the rows that a statement changed to who asked for them. A transaction is handed
-- over whole or not at all, and which it was is counted together with the number of changes: where both have grown by the
-- same since something was made, all that has changed since is in the queue; where not, it is made anew. So nothing
-- need hold for that to be right: triggers may be missing or disabled, dumps may lack the queue.
create table chorograph.capture (
  id serial primary key,
  -- What it is for: `pyramid <layer>`.
  consumer text not null unique,
  -- As in chorograph.generation, schema.name.
  relation text not null,
  oid oid not null,
  geometry text not null,
  -- Other columns whose values are wanted, in their order.
  columns text[] not null,
  -- Who does not come to fetch them gets no more.
  leased_until timestamptz not null,
  -- Transactions that were handed over, as of when touches were last folded in.
  captured bigint not null default 0
);
create index on chorograph.capture (relation);
comment on table chorograph.capture is 'Who wants the changed rows of a tracked table';
comment on column chorograph.capture.captured is 'How many transactions were handed over, but for those in chorograph.touch';

create table chorograph.changed_row (
  capture integer not null,
  -- Rows that there are more of, or fewer.
  n integer not null,
  geometry text,
  columns text[]
);
create index on chorograph.changed_row (capture);
-- Vacuumed by number of rows: it is nearly always nearly empty.
alter table chorograph.changed_row set (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
comment on table chorograph.changed_row is 'Rows that came and went, until what is made of them has taken them in';

alter table chorograph.touch add column captures integer[];
comment on column chorograph.touch.captures is 'Who was handed over all that the transaction changed';

alter table chorograph.pyramid add column basis text, add column followed bigint not null default 0;
comment on column chorograph.pyramid.basis is 'What its table was at: while it is the same, all changes since are in the queue';
comment on column chorograph.pyramid.followed is 'Changed rows that were taken in since it was made of all rows';

create or replace function chorograph.fold() returns integer
language plpgsql
as $$
declare
  folded integer;
begin
  if not pg_try_advisory_xact_lock(7302214552) then return 0; end if;
  with gone as (
    delete from chorograph.touch returning relation, clock, at, tracked, captures
  ), handed as (
    update chorograph.capture c set captured = captured + n
    from (select id, count(*) as n from gone, unnest(captures) id group by id) g where g.id = c.id
  ), added as (
    insert into chorograph.generation_base as b (relation, clock, changes, changed_at, tracked)
    select relation, max(clock), count(*), max(at), max(tracked::int8)::oid from gone group by relation order by relation
    on conflict (relation) do update set
      clock = greatest(b.clock, excluded.clock), changes = b.changes + excluded.changes,
      changed_at = greatest(b.changed_at, excluded.changed_at), tracked = coalesce(excluded.tracked, b.tracked)
    returning 1
  )
  select count(*) into folded from added;
  return folded;
end;
$$;

-- Fires before chorograph_touched, by its name. Whether a transaction is handed over is settled by its first statement,
-- and kept in a setting that a rollback to a savepoint takes back: looking it up in `touch` would have serializable
-- writers wait for one another.
create function chorograph.captured() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp set extra_float_digits = 1
as $$
declare
  changed constant text := tg_table_schema || '.' || tg_table_name;
  mine constant text := 'chorograph.captures_' || tg_relid;
  most constant integer := 50000;
  ids integer[];
  wanted record;
  source text;
  command text;
  written bigint;
begin
  -- Most tables are asked for by nobody.
  if current_setting(mine, true) is null and not exists (select from chorograph.capture c where c.relation = changed) then
    return null;
  end if;
  insert into chorograph.touch as t (relation, tracked, captures)
  select changed, tg_relid, array_agg(c.id)
  from chorograph.capture c
  where c.relation = changed and c.oid = tg_relid and c.leased_until > now()
    and not exists (select from pg_inherits where inhrelid = tg_relid or inhparent = tg_relid)
    and pg_relation_size('chorograph.changed_row') < 256000000
  on conflict do nothing returning t.captures into ids;
  if found then
    if ids is null then
      if nullif(current_setting(mine, true), '') is not null then perform set_config(mine, '', true); end if;
      return null;
    end if;
    perform set_config(mine, array_to_string(ids, ','), true);
  else
    ids := string_to_array(nullif(current_setting(mine, true), ''), ',')::integer[];
    if ids is null then return null; end if;
  end if;
  for wanted in
    select c.id, format('%s, %s', c.place, c.others) as row
    from (
      select c.id, format('%I::text', c.geometry) as place,
        format('array[%s]::text[]', (select string_agg(format('%I::text', name), ', ' order by i)
          from unnest(c.columns) with ordinality list (name, i))) as others,
        not exists (select from unnest(c.columns || c.geometry) name where not exists (
          select from pg_attribute a where a.attrelid = tg_relid and a.attname = name and not a.attisdropped)) as complete
      from chorograph.capture c where c.id = any(ids)) c
    where c.complete
  loop
    source := case tg_op
      when 'INSERT' then format('select 1 as n, %s from new_rows', wanted.row)
      when 'DELETE' then format('select -1 as n, %s from old_rows', wanted.row)
      else format('select sum(n)::integer, place, others
        from (select -1, %s from old_rows union all select 1, %s from new_rows) both_of_them (n, place, others)
        group by place, others having sum(n) <> 0', wanted.row, wanted.row)
    end;
    command := format('insert into chorograph.changed_row (capture, n, geometry, columns) select %s, rows.* from (%s) rows limit %s',
      wanted.id, source, most + 1);
    if current_setting('transaction_isolation') = 'read committed' then
      execute command;
      get diagnostics written = row_count;
    else
      -- A snapshot of before a column was renamed: the writer must not fail of that.
      begin
        execute command;
        get diagnostics written = row_count;
      exception when undefined_column then continue;
      end;
    end if;
    if written <= most then ids := array_remove(ids, wanted.id); end if;
  end loop;
  -- Whoever was not handed over all of it.
  if cardinality(ids) > 0 then perform chorograph.not_captured(changed, ids, mine); end if;
  return null;
end;
$$;

-- Of this transaction, some are handed over nothing any more, and know that something is missing.
create function chorograph.not_captured(changed text, losers integer[], setting text) returns void
language plpgsql
as $$
declare
  kept integer[];
begin
  update chorograph.touch t
  set captures = (select array_agg(id) from unnest(t.captures) id where id <> all(losers))
  where t.relation = changed and t.xid = pg_current_xact_id()
  returning captures into kept;
  perform set_config(setting, coalesce(array_to_string(kept, ','), ''), true);
end;
$$;

create function chorograph.not_captured() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  setting constant text := 'chorograph.captures_' || tg_relid;
  ids constant integer[] := string_to_array(nullif(current_setting(setting, true), ''), ',')::integer[];
begin
  if ids is not null then
    perform chorograph.not_captured(tg_table_schema || '.' || tg_table_name, ids, setting);
  end if;
  return null;
end;
$$;

-- What a table is at, for who makes something of it: the same as long as it is the same table, and every change of
-- its data was handed over. NULL where none ever is.
create function chorograph.basis_of(wanted text) returns text
language sql stable
as $$
  select concat_ws(' ', c.id, c.oid,
    (select json_build_array(s.entry -> 0)::text
     from (select chorograph.stamp(array[c.relation], array[c.oid::text]) -> c.relation as entry) s),
    (select string_agg(concat_ws(':', t.oid, t.xmin), ',' order by t.oid) from pg_trigger t
     where t.tgrelid = c.oid and t.tgname like 'chorograph\_captured\_%' and t.tgenabled <> 'D'),
    b.changes + (select count(*) - count(*) filter (where c.id = any(t.captures)) from chorograph.touch t where t.relation = c.relation)
      - c.captured)
  from chorograph.capture c
  join chorograph.generation_base b on b.relation = c.relation and b.tracked = c.oid
  join pg_class k on k.oid = c.oid and k.relkind = 'r' and k.relpersistence = 'p'
  where c.consumer = wanted and not row_security_active(c.oid)
    and (select count(*) from pg_trigger t
         where t.tgrelid = c.oid and t.tgname like 'chorograph\_captured\_%' and t.tgenabled <> 'D') = 4
    and not exists (select from pg_inherits where inhrelid = c.oid or inhparent = c.oid)
$$;
comment on function chorograph.basis_of(text) is 'What the table of a capture is at; the same as long as all its changes are in the queue';

-- Asks for the changed rows of a table from now on, or still; where other columns are asked for than before, anew.
create function chorograph.capture(wanted text, target regclass, place text, others text[], lease interval)
returns void
language sql
as $$
  insert into chorograph.capture as c (consumer, relation, oid, geometry, columns, leased_until)
  values (wanted, chorograph.name_of(target), target, place, others, now() + lease)
  on conflict (consumer) do update set
    id = case when (c.relation, c.oid, c.geometry, c.columns) = (excluded.relation, excluded.oid, excluded.geometry, excluded.columns)
      then c.id else nextval('chorograph.capture_id_seq') end,
    captured = case when (c.relation, c.oid, c.geometry, c.columns) = (excluded.relation, excluded.oid, excluded.geometry, excluded.columns)
      then c.captured else 0 end,
    relation = excluded.relation, oid = excluded.oid, geometry = excluded.geometry, columns = excluded.columns,
    leased_until = excluded.leased_until
$$;

-- The triggers of a table that hands over its rows: one that is neither a part nor has parts, as a part's rows may be
-- changed by a statement that names another table, and has places.
create function chorograph.make_capturing(target oid) returns void
language plpgsql
as $$
declare
  event text;
begin
  foreach event in array array['insert', 'update', 'delete', 'truncate'] loop
    execute format('drop trigger if exists chorograph_captured_%s on %s', event, target::regclass);
  end loop;
  if (select relkind <> 'r' or relpersistence <> 'p' from pg_class where oid = target)
    or exists (select from pg_inherits where inhrelid = target or inhparent = target)
    or not exists (
      select from pg_attribute a join pg_type t on t.oid = a.atttypid
      where a.attrelid = target and a.attnum > 0 and not a.attisdropped and t.typname in ('geometry', 'geography'))
  then
    return;
  end if;
  foreach event in array array['insert', 'update', 'delete'] loop
    execute format('create trigger chorograph_captured_%1$s after %1$s on %2$s %3$s
      for each statement execute function chorograph.captured()', event, target::regclass,
      case event when 'insert' then 'referencing new table as new_rows'
        when 'delete' then 'referencing old table as old_rows'
        else 'referencing old table as old_rows new table as new_rows' end);
  end loop;
  -- What is gone was not seen.
  execute format('create trigger chorograph_captured_truncate after truncate on %s
    for each statement execute function chorograph.not_captured()', target::regclass);
  foreach event in array array['insert', 'update', 'delete', 'truncate'] loop
    execute format('alter table %s enable always trigger chorograph_captured_%s', target::regclass, event);
  end loop;
end;
$$;

create or replace function chorograph.track(target regclass) returns void
language plpgsql
as $$
declare
  part oid;
begin
  for part in
    select k.oid from chorograph.kin(target) k (oid) join pg_class c on c.oid = k.oid where c.relkind in ('r', 'p') order by 1
  loop
    execute format('drop trigger if exists chorograph_touched on %s', part::regclass);
    execute format(
      'create trigger chorograph_touched after insert or update or delete or truncate on %s
       for each statement execute function chorograph.touched()', part::regclass);
    -- Replicated changes and those of a restore with triggers off are changes, too.
    execute format('alter table %s enable always trigger chorograph_touched', part::regclass);
    perform chorograph.make_capturing(part);
  end loop;
  perform chorograph.bump(chorograph.name_of(target));
  update chorograph.generation_base set tracked = target where relation = chorograph.name_of(target);
end;
$$;
comment on function chorograph.track(regclass) is 'Makes every statement that changes a table raise its generation; called by its owner, never by the server';

create or replace function chorograph.untrack(target regclass) returns void
language plpgsql
as $$
declare
  part oid;
  event text;
begin
  delete from chorograph.touch where relation = chorograph.name_of(target);
  delete from chorograph.generation_base where relation = chorograph.name_of(target);
  for part in select oid from chorograph.kin(target) k (oid) loop
    -- A tree has other members that may be tracked.
    if not exists (
      select from chorograph.kin(part) k (oid) join chorograph.generation_base b on b.tracked = k.oid)
    then
      execute format('drop trigger if exists chorograph_touched on %s', part::regclass);
      foreach event in array array['insert', 'update', 'delete', 'truncate'] loop
        execute format('drop trigger if exists chorograph_captured_%s on %s', event, part::regclass);
      end loop;
    end if;
  end loop;
end;
$$;

-- Tables that are tracked already hand over theirs as well. Whose owner is another role keeps them as they are.
do $$
declare
  tracked oid;
begin
  for tracked in select tgrelid from pg_trigger where tgname = 'chorograph_touched' loop
    begin
      perform chorograph.make_capturing(tracked);
    exception when insufficient_privilege then null;
    end;
  end loop;
end;
$$;

-- Down Migration
drop function chorograph.captured() cascade;
drop function chorograph.not_captured() cascade;
drop function chorograph.not_captured(text, integer[], text);
drop function chorograph.basis_of(text);
drop function chorograph.capture(text, regclass, text, text[], interval);
create or replace function chorograph.track(target regclass) returns void
language plpgsql
as $$
declare
  part oid;
begin
  for part in
    select k.oid from chorograph.kin(target) k (oid) join pg_class c on c.oid = k.oid where c.relkind in ('r', 'p') order by 1
  loop
    execute format('drop trigger if exists chorograph_touched on %s', part::regclass);
    execute format(
      'create trigger chorograph_touched after insert or update or delete or truncate on %s
       for each statement execute function chorograph.touched()', part::regclass);
    execute format('alter table %s enable always trigger chorograph_touched', part::regclass);
  end loop;
  perform chorograph.bump(chorograph.name_of(target));
  update chorograph.generation_base set tracked = target where relation = chorograph.name_of(target);
end;
$$;
create or replace function chorograph.untrack(target regclass) returns void
language plpgsql
as $$
declare
  part oid;
begin
  delete from chorograph.touch where relation = chorograph.name_of(target);
  delete from chorograph.generation_base where relation = chorograph.name_of(target);
  for part in select oid from chorograph.kin(target) k (oid) loop
    -- A tree has other members that may be tracked.
    if not exists (
      select from chorograph.kin(part) k (oid) join chorograph.generation_base b on b.tracked = k.oid)
    then
      execute format('drop trigger if exists chorograph_touched on %s', part::regclass);
    end if;
  end loop;
end;
$$;
drop function chorograph.make_capturing(oid);
create or replace function chorograph.fold() returns integer
language plpgsql
as $$
declare
  folded integer;
begin
  if not pg_try_advisory_xact_lock(7302214552) then return 0; end if;
  with gone as (
    delete from chorograph.touch returning relation, clock, at, tracked
  ), added as (
    insert into chorograph.generation_base as b (relation, clock, changes, changed_at, tracked)
    select relation, max(clock), count(*), max(at), max(tracked::int8)::oid from gone group by relation order by relation
    on conflict (relation) do update set
      clock = greatest(b.clock, excluded.clock), changes = b.changes + excluded.changes,
      changed_at = greatest(b.changed_at, excluded.changed_at), tracked = coalesce(excluded.tracked, b.tracked)
    returning 1
  )
  select count(*) into folded from added;
  return folded;
end;
$$;
alter table chorograph.pyramid drop column basis, drop column followed;
alter table chorograph.touch drop column captures;
drop table chorograph.changed_row;
drop table chorograph.capture;
