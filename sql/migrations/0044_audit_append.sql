-- Up Migration
-- The same rows and hashes in less time: only the hashes are made one after the other, and all rows of a chain are inserted at once.
-- Inserting row by row, through two levels of partitions, was most of what an event cost.
create or replace function chorograph.audit_append(events json) returns integer
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  head record;
  added integer := 0;
  stamp text;
  members text[];
  hashes bytea[];
begin
  -- Always both, and in one order, so that nobody waits for one who waits for him.
  for head in select * from chorograph.audit_chain order by chain for update loop
    head.at := greatest(head.at, clock_timestamp());
    stamp := to_char(head.at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"');
    select array_agg(array_to_json(array[
        head.chain, (head.seq + e.place)::text, stamp, e.severity, e.action, e.actor, e.object, e.outcome, e.address,
        e.correlation, coalesce(e.times, 1)::text, e.before::text, e.after::text, e.note])::text order by e.place)
      into members
    from (
      select *, row_number() over (order by ordinality) as place
      from rows from (json_to_recordset(events) as (severity text, action text, actor text, object text, outcome text,
        address text, correlation text, times bigint, before json, after json, note text))
        with ordinality
      where (severity = 'critical') = (head.chain = 'critical')) e;
    continue when members is null;
    hashes := array_fill(null::bytea, array[cardinality(members)]);
    for i in 1 .. cardinality(members) loop
      head.hash := sha256(head.hash || convert_to(members[i], 'UTF8'));
      hashes[i] := head.hash;
    end loop;
    perform chorograph.audit_month(head.chain, head.at);
    insert into chorograph.audit_event
    select head.chain, head.seq + e.place, head.at, e.severity, e.action, e.actor, e.object, e.outcome, e.address,
      e.correlation, coalesce(e.times, 1), e.before, e.after, e.note, hashes[e.place]
    from (
      select *, row_number() over (order by ordinality) as place
      from rows from (json_to_recordset(events) as (severity text, action text, actor text, object text, outcome text,
        address text, correlation text, times bigint, before json, after json, note text))
        with ordinality
      where (severity = 'critical') = (head.chain = 'critical')) e;
    added := added + cardinality(members);
    update chorograph.audit_chain set seq = head.seq + cardinality(members), hash = head.hash, at = head.at
    where chain = head.chain;
  end loop;
  return added;
exception
  when lock_not_available or serialization_failure or deadlock_detected then
    raise;
  when others then
    raise exception 'the audit log cannot be written: %', sqlerrm using errcode = 'CG001';
end;
$$;

-- Down Migration
create or replace function chorograph.audit_append(events json) returns integer
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
