-- Up Migration
-- Generalized copies of lines and polygons follow changes, too. Of a row that changed they need to know which one it was,
-- whatever of it changed: what it was drawn as before stands in chorograph.overview_<id>_<build>_rows, what it is now in the table.
alter table chorograph.capture alter geometry drop not null;
comment on column chorograph.capture.geometry is 'NULL where every row that a statement touched is wanted, by its columns alone';

alter table chorograph.overview
  add column basis text,
  add column cells float8[] not null default '{}',
  add column rows bigint not null default 0,
  add column copied bigint not null default 0,
  add column followed bigint not null default 0;
comment on column chorograph.overview.basis is 'What its table was at: while it is the same, all changes since are in the queue; NULL where copies cannot follow';
comment on column chorograph.overview.cells is 'Of each zoom in merged the side of its cells, in tile units';
comment on column chorograph.overview.rows is 'Rows that copies were made of';
comment on column chorograph.overview.copied is 'Rows of all copies';
comment on column chorograph.overview.followed is 'Changed rows that were taken in since they were made of all rows';

create or replace function chorograph.captured() returns trigger
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
    select c.id, format('%s, %s', c.place, c.others) as row, c.geometry is null as every
    from (
      select c.id, c.geometry, case when c.geometry is null then 'null::text' else format('%I::text', c.geometry) end as place,
        format('array[%s]::text[]', (select string_agg(format('%I::text', name), ', ' order by i)
          from unnest(c.columns) with ordinality list (name, i))) as others,
        not exists (select from unnest(array_remove(c.columns || c.geometry, null)) name where not exists (
          select from pg_attribute a where a.attrelid = tg_relid and a.attname = name and not a.attisdropped)) as complete
      from chorograph.capture c where c.id = any(ids)) c
    where c.complete
  loop
    source := case tg_op
      when 'INSERT' then format('select 1 as n, %s from new_rows', wanted.row)
      when 'DELETE' then format('select -1 as n, %s from old_rows', wanted.row)
      else format(case when wanted.every then 'select 1, %s from old_rows union select 1, %s from new_rows'
        else 'select sum(n)::integer, place, others
        from (select -1, %s from old_rows union all select 1, %s from new_rows) both_of_them (n, place, others)
        group by place, others having sum(n) <> 0' end, wanted.row, wanted.row)
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

create or replace function chorograph.capture(wanted text, target regclass, place text, others text[], lease interval)
returns void
language sql
as $$
  insert into chorograph.capture as c (consumer, relation, oid, geometry, columns, leased_until)
  values (wanted, chorograph.name_of(target), target, place, others, now() + lease)
  on conflict (consumer) do update set
    id = case when (c.relation, c.oid, c.geometry, c.columns) is not distinct from (excluded.relation, excluded.oid, excluded.geometry, excluded.columns)
      then c.id else nextval('chorograph.capture_id_seq') end,
    captured = case when (c.relation, c.oid, c.geometry, c.columns) is not distinct from (excluded.relation, excluded.oid, excluded.geometry, excluded.columns)
      then c.captured else 0 end,
    relation = excluded.relation, oid = excluded.oid, geometry = excluded.geometry, columns = excluded.columns,
    leased_until = excluded.leased_until
$$;

-- Down Migration
do $$
declare
  copy regclass;
begin
  for copy in
    select oid from pg_class
    where relnamespace = 'chorograph'::regnamespace and relkind = 'r' and relname ~ '^overview_\d+_\d+_rows$'
  loop
    execute format('drop table %s', copy);
  end loop;
end;
$$;
alter table chorograph.overview drop column basis, drop column cells, drop column rows, drop column copied, drop column followed;
delete from chorograph.changed_row where capture in (select id from chorograph.capture where geometry is null);
delete from chorograph.capture where geometry is null;
alter table chorograph.capture alter geometry set not null;
create or replace function chorograph.captured() returns trigger
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

create or replace function chorograph.capture(wanted text, target regclass, place text, others text[], lease interval)
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
