-- Up Migration
-- A tracked table must stay usable in every way that it was before: writers may neither wait for one another, nor fail
-- in a stricter isolation level, nor be kept from PREPARE TRANSACTION, nor need rights on this schema. So a transaction
-- that changes a table leaves a row of its own in `touch`, and the generation is added up by who reads it.
-- Every part of the sum keeps its value whichever rows were folded in before: the number of changes adds up, and the
-- newest time is the newest time.
alter table chorograph.generation rename to generation_base;
alter table chorograph.generation_base rename constraint generation_pkey to generation_base_pkey;
alter table chorograph.generation_base rename column generation to clock;
alter table chorograph.generation_base
  alter column clock drop default,
  add column changes bigint not null default 0,
  add column tracked oid,
  add column seen text;
comment on table chorograph.generation_base is 'Generations as of when touches were last folded in; read the view chorograph.generation';
comment on column chorograph.generation_base.clock is 'Milliseconds since 1970 of the newest change';
comment on column chorograph.generation_base.changes is 'How many changes there were; the generation is the sum of both';
comment on column chorograph.generation_base.tracked is 'The table that track() was called for; NULL where who changes the data calls bump()';
comment on column chorograph.generation_base.seen is 'Row version in pg_class of a materialized view when we last refreshed it: any other refresh makes another';

create table chorograph.touch (
  relation text not null,
  xid xid8 not null default pg_current_xact_id(),
  clock bigint not null default floor(extract(epoch from clock_timestamp()) * 1000),
  at timestamptz not null default now(),
  -- The table that the relation was.
  tracked oid,
  primary key (relation, xid)
);
comment on table chorograph.touch is 'A row per transaction that changed a tracked relation, until it is folded into the generation';

create view chorograph.generation as
select coalesce(b.relation, t.relation) as relation,
       greatest(b.clock, t.clock) + coalesce(b.changes, 0) + coalesce(t.changes, 0) as generation,
       greatest(b.changed_at, t.changed_at) as changed_at,
       coalesce(b.changes, 0) + coalesce(t.changes, 0) as changes,
       coalesce(t.tracked, b.tracked) as tracked,
       b.seen
from chorograph.generation_base b
full join (select relation, max(clock) as clock, count(*) as changes, max(at) as changed_at,
                  max(tracked::int8)::oid as tracked
           from chorograph.touch group by relation) t on t.relation = b.relation;
comment on view chorograph.generation is 'A number per relation (schema.name) that grows in the transaction in which its data changed';

-- The row of one relation, by the indexes; no number where it has none.
create function chorograph.generation_of(
  wanted text, out generation bigint, out changed_at timestamptz, out changes bigint, out seen text)
language sql stable
as $$
  select greatest(b.clock, t.clock) + coalesce(b.changes, 0) + t.changes,
         greatest(b.changed_at, t.changed_at), coalesce(b.changes, 0) + t.changes, b.seen
  from (select max(clock) as clock, count(*) as changes, max(at) as changed_at
        from chorograph.touch where relation = wanted) t
  left join chorograph.generation_base b on b.relation = wanted
$$;

-- What generations were made in: another schema has another one, whatever it calls its numbers.
create table chorograph.epoch (
  id uuid primary key default gen_random_uuid(),
  is_only boolean not null default true unique check (is_only)
);
insert into chorograph.epoch default values;
comment on table chorograph.epoch is 'Drawn when this schema was made: part of every token';

-- A table, what it is a part of, and its parts: partitions or heirs. A statement may name any of them.
create function chorograph.kin(target oid) returns setof oid
language sql stable
as $$
  with recursive up (oid) as (
    select target union select inhparent from up join pg_catalog.pg_inherits on inhrelid = up.oid
  ), down (oid) as (
    select target union select inhrelid from down join pg_catalog.pg_inherits on inhparent = down.oid
  )
  select oid from up union select oid from down
$$;

create function chorograph.name_of(target oid) returns text
language sql stable
as $$
  select n.nspname || '.' || c.relname
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.oid = target
$$;

-- Adds to the generations what transactions left in `touch`, unless somebody else does so now.
create function chorograph.fold() returns integer
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

-- Of a materialized view its row version in pg_class, which any refresh makes anew, one that changes nothing included:
-- what is kept of it when a generation is raised tells a later refresh that nobody told of.
create function chorograph.version_of(view text) returns text
language sql stable
as $$
  select c.xmin::text
  from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'm' and n.nspname || '.' || c.relname = view
$$;

create or replace function chorograph.bump(changed text) returns bigint
language plpgsql
as $$
declare
  now_ms constant bigint := floor(extract(epoch from clock_timestamp()) * 1000);
  result record;
begin
  insert into chorograph.generation_base as b (relation, clock, changes, seen)
  values (changed, now_ms, 1, chorograph.version_of(changed))
  on conflict (relation) do update set
    clock = greatest(b.clock, now_ms), changes = b.changes + 1, changed_at = now(), seen = excluded.seen;
  select g.generation, g.changes into result from chorograph.generation_of(changed) g;
  perform pg_notify('chorograph_generation', json_build_object(
    'relation', changed, 'generation', result.generation, 'changes', result.changes,
    'changedAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'bumpedAt', now_ms)::text);
  return result.generation;
end;
$$;

-- Definer's rights: who may write to the table need not know of this schema.
create or replace function chorograph.touched() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
begin
  if exists (select from pg_inherits where inhrelid = tg_relid or inhparent = tg_relid) then
    -- What is tracked of a tree, wherever in it the statement wrote.
    insert into chorograph.touch (relation, tracked)
    select b.relation, k.oid
    from chorograph.kin(tg_relid) k (oid)
    join chorograph.generation_base b on b.relation = chorograph.name_of(k.oid)
    on conflict do nothing;
    return null;
  end if;
  insert into chorograph.touch (relation, tracked)
  values (tg_table_schema || '.' || tg_table_name, tg_relid) on conflict do nothing;
  return null;
end;
$$;

-- Tells of a transaction's changes as it commits. PostgreSQL refuses NOTIFY in a transaction that is prepared, so where
-- transactions can be, one that is, or may yet be, says nothing: then the poll finds its rows.
create function chorograph.announce() returns trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
  query constant text := current_query();
  isolation constant text := current_setting('transaction_isolation');
  context text;
begin
  if current_setting('max_prepared_transactions')::integer > 0 then
    -- Where constraints are immediate this is called by what writes, or by SET CONSTRAINTS, and PREPARE may follow.
    -- Without a query it is the end of the extended protocol's messages, or of what a replication worker applies.
    get diagnostics context = pg_context;
    if pg_trigger_depth() > 1
      or (query is null and current_setting('session_replication_role') = 'replica')
      or concat(query, context) ~* '\m(prepare\s+transaction|set\s+constraints)\M'
    then
      return null;
    end if;
  end if;
  perform pg_notify('chorograph_generation',
    json_build_object('touched', new.relation, 'bumpedAt', new.clock)::text);
  -- Where no server runs that would do it, the rows would pile up.
  if random() < 0.005 and isolation = 'read committed' then perform chorograph.fold(); end if;
  return null;
end;
$$;
create constraint trigger chorograph_announce after insert on chorograph.touch
  deferrable initially deferred for each row execute function chorograph.announce();
alter table chorograph.touch enable always trigger chorograph_announce;

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

-- What relations are at, for a statement that reads their data: oid, parts, columns, rules and our triggers of each,
-- PostgreSQL's counters with its files, and its generation. `quoted` has the names as SQL spells them, or the oid where the role may not
-- use the schema. Names are looked up as they are now, not as of the statement's snapshot: so is the table that it
-- reads. Must say the same as sql/catalog/states.sql.
create function chorograph.stamp(names text[], quoted text[]) returns json
language plpgsql stable set plan_cache_mode = force_generic_plan
as $$
declare
  class record;
  parts text;
  counted text;
  triggers text;
  result text := '';
begin
  for i in 1 .. cardinality(names) loop
    select c.oid, c.relkind, c.relhassubclass, c.xmin::text as version,
           pg_stat_get_tuples_inserted(c.oid) + pg_stat_get_tuples_updated(c.oid) + pg_stat_get_tuples_deleted(c.oid)
             || '.' || coalesce(pg_relation_filenode(c.oid), 0) as counted,
           (select count(*) || '-' || coalesce(sum(a.xmin::text::int8), 0)
            from pg_catalog.pg_attribute a where a.attrelid = c.oid and a.attnum > 0) as columns,
           case when c.relhastriggers then
             (select nullif(count(*), 0) || '-' || sum(t.xmin::text::int8)
              from pg_catalog.pg_trigger t where t.tgrelid = c.oid and t.tgname = 'chorograph_touched')
           end as triggers,
           case when c.relkind = 'v' then
             (select sum(r.xmin::text::int8)::text from pg_catalog.pg_rewrite r where r.ev_class = c.oid)
           end as rules,
           b.clock, b.changes, b.changed_at, b.seen,
           (select max(t.clock) from chorograph.touch t where t.relation = names[i]) as touched,
           (select max(t.at) from chorograph.touch t where t.relation = names[i]) as touched_at,
           (select count(*) from chorograph.touch t where t.relation = names[i]) as touches
    into class
    from pg_catalog.pg_class c
    left join chorograph.generation_base b on b.relation = names[i]
    where c.oid = case when quoted[i] ~ '^[0-9]+$' then quoted[i]::oid else to_regclass(quoted[i]) end;
    continue when not found;
    parts := '-';
    counted := class.counted;
    triggers := class.triggers;
    if class.relhassubclass then
      with recursive part (oid) as (
        select class.oid union select inhrelid from part join pg_catalog.pg_inherits on inhparent = part.oid
      )
      select sum(hashint8extended(p.oid::int8, 0)::numeric)::text,
             sum(pg_stat_get_tuples_inserted(p.oid) + pg_stat_get_tuples_updated(p.oid) + pg_stat_get_tuples_deleted(p.oid))
               || '.' || sum(hashint8extended(p.oid::int8, coalesce(pg_relation_filenode(p.oid), 0)::int8)::numeric),
             (select nullif(count(*), 0) || '-' || sum(t.xmin::text::int8)
              from pg_catalog.pg_trigger t
              where t.tgrelid in (select part.oid from part) and t.tgname = 'chorograph_touched')
      into parts, counted, triggers
      from part p;
    end if;
    result := result || ',' || to_json(names[i])::text || ':' || json_build_array(
      concat_ws('.', class.oid, parts, class.columns, coalesce(triggers, '-'), coalesce(class.rules, '-'),
        case when class.relkind = 'm' and class.clock is not null and class.seen is distinct from class.version
          then class.version end),
      counted,
      greatest(class.clock, class.touched) + coalesce(class.changes, 0) + class.touches,
      coalesce(class.changes, 0) + class.touches,
      to_char(greatest(class.changed_at, class.touched_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text;
  end loop;
  return ('{' || substr(result, 2) || '}')::json;
end;
$$;
comment on function chorograph.stamp(text[], text[]) is 'What relations (schema.name) are at, to be selected beside their data';

-- Tables that were tracked before: known again, and their triggers to fire for replicated changes as well. Whose
-- owner is another role keeps them as they are, and /health says so.
do $$
declare
  tracked oid;
begin
  for tracked in select tgrelid from pg_trigger where tgname = 'chorograph_touched' loop
    update chorograph.generation_base set tracked = do_tracked.oid
    from (select tracked as oid) do_tracked where relation = chorograph.name_of(do_tracked.oid);
    begin
      perform chorograph.track(tracked);
    exception when insufficient_privilege then null;
    end;
  end loop;
  update chorograph.generation_base set seen = chorograph.version_of(relation);
end;
$$;

-- Down Migration
drop trigger chorograph_announce on chorograph.touch;
select chorograph.fold();
drop function chorograph.stamp(text[], text[]);
drop function chorograph.fold();
create or replace function chorograph.touched() returns trigger
language plpgsql
as $$
begin
  perform chorograph.bump(tg_table_schema || '.' || tg_table_name);
  return null;
end;
$$;
create or replace function chorograph.track(target regclass) returns void
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
create or replace function chorograph.untrack(target regclass) returns void
language plpgsql
as $$
begin
  execute format('drop trigger if exists chorograph_touched on %s', target);
  delete from chorograph.generation g
  using pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.oid = target and g.relation = n.nspname || '.' || c.relname;
end;
$$;
drop view chorograph.generation;
drop table chorograph.touch;
drop table chorograph.epoch;
drop function chorograph.announce();
drop function chorograph.version_of(text);
drop function chorograph.generation_of(text);
drop function chorograph.kin(oid);
drop function chorograph.name_of(oid);
update chorograph.generation_base set clock = clock + changes;
alter table chorograph.generation_base drop column changes, drop column tracked, drop column seen;
alter table chorograph.generation_base rename column clock to generation;
alter table chorograph.generation_base alter column generation set default 1;
alter table chorograph.generation_base rename constraint generation_base_pkey to generation_pkey;
alter table chorograph.generation_base rename to generation;
create or replace function chorograph.bump(changed text) returns bigint
language plpgsql
as $$
declare
  result bigint;
  clock constant bigint := floor(extract(epoch from clock_timestamp()) * 1000);
begin
  insert into chorograph.generation as g (relation, generation) values (changed, clock)
  on conflict (relation) do update set generation = greatest(g.generation + 1, clock), changed_at = now()
  returning generation into result;
  perform pg_notify('chorograph_generation', json_build_object(
    'relation', changed, 'generation', result,
    'changedAt', to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
    'bumpedAt', clock)::text);
  return result;
end;
$$;
