-- Up Migration
-- Layers whose features are reviewed before the public sees them: the state of each stands in a column of its table, and
-- what the public sees is a view of those that are approved. What led to each state is kept here.
create table chorograph.review_step (
  id bigint generated always as identity primary key,
  -- schema.name of the table, and the id of the feature.
  relation text not null,
  feature text not null,
  -- Null where the feature was created.
  from_state text,
  to_state text not null,
  actor text not null,
  comment text,
  at timestamptz not null default now()
);
create index review_step_feature on chorograph.review_step (relation, feature, id);
comment on table chorograph.review_step is 'Who brought a feature from one state of its review to another, and why';

-- Whoever owns the table calls this. Rows that are there already are approved, unless it says otherwise; new ones are drafts.
create function chorograph.review(target regclass, state_column name default 'status', existing text default 'approved')
returns text
language plpgsql
as $$
declare
  relation constant text := chorograph.name_of(target);
  view_name text;
begin
  select format('%I.%I', n.nspname, c.relname || '_approved') into view_name
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.oid = target and c.relkind in ('r', 'p');
  if view_name is null then
    raise exception '% is no table', target;
  end if;
  execute format('alter table %s add column if not exists %I text', target, state_column);
  execute format('update %s set %I = %L where %2$I is null', target, state_column, existing);
  execute format('alter table %s alter column %I set default ''draft'', alter column %2$I set not null', target, state_column);
  execute format('alter table %s drop constraint if exists review_state, add constraint review_state
    check (%I in (''draft'', ''submitted'', ''approved'', ''rejected'', ''archived''))', target, state_column);
  execute format('create or replace view %s as select * from %s where %I = ''approved''', view_name, target, state_column);
  return view_name;
end;
$$;
comment on function chorograph.review(regclass, name, text) is 'Gives a table a column with the state of review, and a view of what is approved; called by its owner, never by the server';

-- Down Migration
drop function chorograph.review(regclass, name, text);
drop table chorograph.review_step;
