-- Up Migration
-- Of two who found no table of a month the second failed, and with it what it wanted to record.
create or replace function chorograph.audit_month(of_chain text, at timestamptz) returns void
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
exception
  when duplicate_table then
    null; -- somebody else made it while we waited for the same
end;
$$;

-- Down Migration
-- It does what the one before did as well, and goes with the migration that made that.
