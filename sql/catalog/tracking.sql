-- The generation of every relation that has one, and why some are no longer told of every change: chorograph.track()
-- made triggers, and a table that takes the place of another has none.
select g.relation, g.generation, g.changes, g.seen,
       to_char(g.changed_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "changedAt",
       case when g.tracked <> 0 then lost.reason end as lost,
       -- Only who edits through us says so, as nobody called track(): the others' changes are counted.
       g.tracked = 0 and lost.reason is not null as partial
from chorograph.generation g
left join (
  select n.nspname || '.' || c.relname as name, c.oid, c.relhassubclass
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind in ('r', 'p') and n.nspname !~ '^pg_') c on c.name = g.relation
left join lateral (
  select case
           when t.oid is null and m.oid = c.oid and g.tracked <> c.oid then
             'it was made anew, and nothing tells its changes: select chorograph.track(''' || c.name || ''')'
           when t.oid is null and m.oid = c.oid then 'its trigger is gone: select chorograph.track(''' || c.name || ''')'
           when t.oid is null and mc.relkind = 'f' then 'its part ' || mc.relname || ' is a foreign table'
           when t.oid is null then
             mc.relname || ' belongs to it and has no trigger: select chorograph.track(''' || c.name || ''') once more'
           when t.tgenabled = 'D' then 'the trigger of ' || mc.relname || ' is disabled'
           else 'the trigger of ' || mc.relname
             || ' does not fire for replicated changes: its owner calls chorograph.track() once more'
         end as reason
  from (
    select c.oid
    union
    select k from chorograph.kin(c.oid) k
    where c.relhassubclass or exists (select from pg_inherits i where i.inhrelid = c.oid)) m
  join pg_class mc on mc.oid = m.oid
  left join pg_trigger t on t.tgrelid = m.oid and t.tgname = 'chorograph_touched'
  where t.oid is null or t.tgenabled <> 'A'
  order by t.oid is not null, m.oid <> c.oid, t.tgenabled <> 'D', mc.relname
  limit 1
) lost on g.tracked is not null;
