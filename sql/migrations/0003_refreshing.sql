-- Up Migration
-- Who may refresh a view now. A holder that dies stops renewing, and the lease runs out by itself;
-- rows do what advisory locks cannot on the embedded database, where all clients are one session.
create table chorograph.lease (
  view text primary key,
  holder text not null,
  expires_at timestamptz not null
);
comment on table chorograph.lease is 'The one run that may refresh a view now, until it stops renewing';

-- When each schedule is due next: what lies in the past at a start was missed.
create table chorograph.schedule (
  view text primary key,
  cron text not null,
  next_due_at timestamptz not null
);
comment on table chorograph.schedule is 'The next time each scheduled view is due, as the instances last reckoned';

alter table chorograph.refresh_run
  add column due_at timestamptz,
  add column attempt integer not null default 1,
  add column mode text check (mode in ('concurrently', 'plain')),
  add column made_from jsonb,
  add column reason text,
  add column warning text,
  add column error_code text,
  drop constraint refresh_run_trigger_check,
  add constraint refresh_run_trigger_check
    check (trigger in ('cron', 'manual', 'api', 'startup', 'dependency', 'retry'));
comment on column chorograph.refresh_run.due_at is 'The tick of the schedule that asked for it';
comment on column chorograph.refresh_run.attempt is 'Grows where a run takes the place of an abandoned one';
comment on column chorograph.refresh_run.made_from is 'What the sources were at: generation or counters by relation';
comment on column chorograph.refresh_run.error is 'What PostgreSQL said; error_code is what may be shown to everybody';
comment on column chorograph.refresh_run.reason is 'Why a run was skipped';
comment on column chorograph.refresh_run.rows_changed is 'Rows that were written anew or went away; NULL after a plain refresh, which writes all';
-- Triggers that come while a view is being refreshed share one run after it.
create unique index refresh_run_queued on chorograph.refresh_run (view) where status = 'queued';
create unique index refresh_run_running on chorograph.refresh_run (view) where status = 'running';
-- However many instances hear a tick, it makes one run.
create unique index refresh_run_due on chorograph.refresh_run (view, due_at);
create index refresh_run_by_age on chorograph.refresh_run (finished_at);

-- A number that was used once must never stand for other data again: URLs that name it are kept for a
-- year. So it grows by one, but never stays behind the clock: neither untrack() and track() nor a
-- restored backup can bring an old number back.
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

-- Down Migration
create or replace function chorograph.bump(changed text) returns bigint
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
drop index chorograph.refresh_run_queued, chorograph.refresh_run_running, chorograph.refresh_run_due,
  chorograph.refresh_run_by_age;
delete from chorograph.refresh_run where trigger in ('dependency', 'retry');
alter table chorograph.refresh_run
  drop column due_at, drop column attempt, drop column mode, drop column made_from, drop column reason,
  drop column warning, drop column error_code,
  drop constraint refresh_run_trigger_check,
  add constraint refresh_run_trigger_check check (trigger in ('cron', 'manual', 'api', 'startup'));
drop table chorograph.schedule;
drop table chorograph.lease;
