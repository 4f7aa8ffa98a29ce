-- Up Migration
-- Who did what. Rows are added by chorograph.audit_append alone, each with a hash of itself and of the row before, so that a row that is
-- changed, removed or put elsewhere does not go unseen (`chorograph audit verify`, which reckons the hashes by itself). Severity critical
-- has a chain of its own, as it is kept for longer: whole months are dropped, always the oldest of a chain, and an anchor remembers where.
create table chorograph.audit_event (
  chain text not null,
  seq bigint not null,
  at timestamptz not null,
  severity text not null check (severity in ('debug', 'info', 'warning', 'error', 'critical')),
  action text not null,
  actor text not null,
  object text,
  outcome text not null check (outcome in ('done', 'refused', 'failed')),
  address text,
  correlation text,
  times bigint not null default 1,
  before json,
  after json,
  note text,
  hash bytea not null,
  primary key (chain, at, seq)
) partition by list (chain);
comment on table chorograph.audit_event is 'Who did what; only ever added to, by chorograph.audit_append';
comment on column chorograph.audit_event.address is 'Keyed hash of the address: tells askers apart, names none';
comment on column chorograph.audit_event.times is 'How often it happened, where it is told of together';
comment on column chorograph.audit_event.hash is 'SHA-256 of the hash of the row before and of this row';
create table chorograph.audit_event_critical partition of chorograph.audit_event for values in ('critical') partition by range (at);
create table chorograph.audit_event_ordinary partition of chorograph.audit_event for values in ('ordinary') partition by range (at);

create table chorograph.audit_chain (
  chain text primary key,
  seq bigint not null,
  hash bytea not null,
  at timestamptz not null
);
comment on table chorograph.audit_chain is 'The newest row of each chain; locked by whoever adds one';
insert into chorograph.audit_chain
select chain, 0, decode(repeat('00', 32), 'hex'), now() from unnest(array['critical', 'ordinary']) chain;

create table chorograph.audit_anchor (
  chain text not null,
  seq bigint not null,
  kind text not null check (kind in ('dropped', 'sealed')),
  hash bytea not null,
  at timestamptz not null default clock_timestamp(),
  seal bytea,
  primary key (chain, seq, kind)
);
comment on table chorograph.audit_anchor is 'Rows whose hash is known for certain: the last of what was dropped, and those that were sealed';
comment on column chorograph.audit_anchor.seal is 'HMAC-SHA-256 with CHOROGRAPH_AUDIT_KEY, which the database does not have';

create table chorograph.audit_alert (
  rule text primary key,
  told_at timestamptz not null
);
comment on table chorograph.audit_alert is 'When each rule last gave an alert, so that one of many instances does';

create function chorograph.audit_only_added() returns trigger language plpgsql as $$
begin
  raise exception 'rows of the audit log are neither changed nor removed' using errcode = '42501';
end;
$$;
create trigger audit_only_added before update or delete on chorograph.audit_event
  for each row execute function chorograph.audit_only_added();

-- The table of a month. With the rights of its owner: who writes what is recorded needs none on the log.
create function chorograph.audit_month(of_chain text, at timestamptz) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  month constant timestamp := date_trunc('month', at at time zone 'UTC');
  name constant text := format('audit_event_%s_%s', of_chain, to_char(month, 'YYYY_MM'));
begin
  if to_regclass('chorograph.' || name) is not null then
    return;
  end if;
  execute format('create table chorograph.%I partition of chorograph.%I for values from (%L) to (%L)',
    name, 'audit_event_' || of_chain, month || '+00', (month + interval '1 month') || '+00');
  execute format('create trigger audit_only_added_at_all before truncate on chorograph.%I
    for each statement execute function chorograph.audit_only_added()', name);
end;
$$;

-- Adds events, in the transaction of what they tell of; last in it, as others wait from here on.
create function chorograph.audit_append(events json) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  head record;
  event record;
  added integer := 0;
  is_open boolean;
  stamp text;
begin
  -- Always both, and in one order, so that nobody waits for one who waits for him.
  for head in select * from chorograph.audit_chain order by chain for update loop
    is_open := false;
    head.at := greatest(head.at, clock_timestamp());
    stamp := to_char(head.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    for event in
      select * from json_to_recordset(events) as e(severity text, action text, actor text, object text, outcome text,
        address text, correlation text, times bigint, before json, after json, note text)
      where (severity = 'critical') = (head.chain = 'critical')
    loop
      if not is_open then
        perform chorograph.audit_month(head.chain, head.at);
        is_open := true;
      end if;
      head.seq := head.seq + 1;
      head.hash := sha256(head.hash || convert_to(array_to_json(array[
        head.chain, head.seq::text, stamp, event.severity, event.action, event.actor, event.object, event.outcome, event.address,
        event.correlation, coalesce(event.times, 1)::text, event.before::text, event.after::text, event.note])::text, 'UTF8'));
      insert into chorograph.audit_event values (
        head.chain, head.seq, head.at, event.severity, event.action, event.actor, event.object, event.outcome, event.address,
        event.correlation, coalesce(event.times, 1), event.before, event.after, event.note, head.hash);
      added := added + 1;
    end loop;
    update chorograph.audit_chain set seq = head.seq, hash = head.hash, at = head.at
    where chain = head.chain and seq < head.seq;
  end loop;
  return added;
exception
  when lock_not_available or serialization_failure or deadlock_detected then
    raise;
  when others then
    raise exception 'the audit log cannot be written: %', sqlerrm using errcode = 'CG001';
end;
$$;
comment on function chorograph.audit_append(json) is 'The only way to write the audit log';

-- Who acts in this transaction, where somebody said so, else the role of the database.
create function chorograph.audit_actor() returns text language sql stable set search_path = pg_catalog as $$
  select coalesce(nullif(current_setting('chorograph.actor', true), ''), 'role:' || session_user);
$$;

-- Keys and migrations are recorded whoever makes them, by whatever way.
create function chorograph.audit_key() returns trigger language plpgsql as $$
declare
  told constant text[] := array['scopes', 'expires_at', 'revoked_at', 'rate_class', 'replaced_by', 'rotated_from'];
  old_key json := (select json_object_agg(key, value order by key) from jsonb_each(to_jsonb(old)) where key = any (told));
  new_key json := (select json_object_agg(key, value order by key) from jsonb_each(to_jsonb(new)) where key = any (told));
begin
  if tg_op = 'UPDATE' and old_key::text = new_key::text then
    return null;
  end if;
  perform chorograph.audit_append(json_build_array(json_build_object(
    'severity', 'critical',
    'action', case when tg_op = 'INSERT' then 'key.made' when tg_op = 'DELETE' then 'key.removed'
      when old_key ->> 'revoked_at' is null and new_key ->> 'revoked_at' is not null then 'key.revoked' else 'key.changed' end,
    'actor', chorograph.audit_actor(), 'object', 'key:' || coalesce(to_jsonb(new) ->> 'id', to_jsonb(old) ->> 'id'),
    'outcome', 'done', 'before', old_key, 'after', new_key)));
  return null;
end;
$$;
create trigger audit_key after insert or update or delete on chorograph.api_key
  for each row execute function chorograph.audit_key();

create function chorograph.audit_migration() returns trigger language plpgsql as $$
begin
  perform chorograph.audit_append(json_build_array(json_build_object(
    'severity', 'critical', 'action', case tg_op when 'INSERT' then 'migration.applied' else 'migration.taken_back' end,
    'actor', chorograph.audit_actor(), 'object', 'migration:' || coalesce(to_jsonb(new) ->> 'name', to_jsonb(old) ->> 'name'),
    'outcome', 'done')));
  return null;
end;
$$;
create trigger audit_migration after insert or delete on chorograph.migration
  for each row execute function chorograph.audit_migration();

-- Down Migration
drop trigger audit_migration on chorograph.migration;
drop trigger audit_key on chorograph.api_key;
drop function chorograph.audit_migration();
drop function chorograph.audit_key();
drop function chorograph.audit_actor();
drop function chorograph.audit_append(json);
drop function chorograph.audit_month(text, timestamptz);
drop table chorograph.audit_alert, chorograph.audit_anchor, chorograph.audit_chain, chorograph.audit_event;
drop function chorograph.audit_only_added();
