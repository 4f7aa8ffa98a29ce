-- Up Migration
-- A part of a table that was detached, changed and attached again made the table's token what it was before.
create or replace function chorograph.stamp(names text[], quoted text[]) returns json
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
      -- The rows that tie parts: one that was away for a while may have come back with other data.
      select (select coalesce(sum(hashint8extended(i.inhrelid::int8, i.xmin::text::int8)::numeric), 0)::text
              from pg_catalog.pg_inherits i where i.inhparent in (select part.oid from part)),
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

-- Down Migration
-- It answers what the one before answered as well, and goes with the migration that made that.
