-- Up Migration
create table chorograph.refresh_run (
  id bigint generated always as identity primary key,
  view text not null,
  trigger text not null check (trigger in ('cron', 'manual', 'api', 'startup')),
  instance text not null,
  status text not null default 'queued' check (status in ('queued', 'running', 'succeeded', 'skipped', 'failed', 'abandoned')),
  queued_at timestamptz not null default clock_timestamp(),
  started_at timestamptz,
  finished_at timestamptz,
  row_count bigint,
  rows_changed bigint,
  generation bigint,
  error text
);
comment on table chorograph.refresh_run is 'One row per execution of a materialized view refresh';
create index refresh_run_by_view on chorograph.refresh_run (view, id desc);

-- Down Migration
drop table chorograph.refresh_run;
