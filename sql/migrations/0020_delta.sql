-- Up Migration
-- Cubes that are kept by deltas (docs/delta.md). Queues and trigger functions are made by `delta install`.
create table chorograph.cube (
  cube text primary key,
  base text not null,
  -- Name in this schema of the queue and of the trigger function.
  object text not null,
  fingerprint text not null,
  installed_at timestamptz not null default now(),
  folded_at timestamptz,
  -- NULL until the cube has been filled for the first time: nothing is folded before.
  recomputed_at timestamptz,
  report jsonb
);
comment on table chorograph.cube is 'One row per cube kept by deltas; whoever changes the cube locks its row first';

create table chorograph.cube_request (
  cube text not null,
  reason text not null,
  requested_at timestamptz not null default now()
);
comment on table chorograph.cube_request is 'Cubes to be recomputed in full at the next fold, because no delta can say what happened (TRUNCATE)';

-- Down Migration
-- The triggers stand on users' tables: they go with their functions.
do $$
declare
  name text;
begin
  for name in select object from chorograph.cube loop
    execute format('drop function if exists chorograph.%I() cascade', name);
    execute format('drop table if exists chorograph.%I', name);
  end loop;
end;
$$;
drop table chorograph.cube_request;
drop table chorograph.cube;
