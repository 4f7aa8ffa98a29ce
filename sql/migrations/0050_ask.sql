-- Up Migration
-- Questions and answers. The first ten columns are those of the system that this one replaces; a table
-- public.gemini_ask_log of that system goes on being written beside this one (docs/ask.md).
create table chorograph.gemini_ask_log (
  id uuid primary key,
  question text not null,
  answer text,
  model text,
  tokens_used integer not null default 0,
  status text not null,
  error_message text,
  response_time_ms integer not null,
  user_ip text,
  created_at timestamptz not null default now(),
  request_id text,
  language text,
  topic text,
  reason text,
  verdicts jsonb not null default '[]',
  input_tokens integer not null default 0,
  cached_tokens integer not null default 0,
  output_tokens integer not null default 0,
  cost_micros bigint not null default 0,
  policy text not null,
  cached boolean not null default false,
  key_id text
);
create index gemini_ask_log_created_at on chorograph.gemini_ask_log (created_at desc, id desc);
comment on table chorograph.gemini_ask_log is 'Every question asked, with personal data taken out before it was written';
comment on column chorograph.gemini_ask_log.user_ip is 'Keyed hash of the address: tells askers apart, names none';
comment on column chorograph.gemini_ask_log.status is 'answered, refused or failed';
comment on column chorograph.gemini_ask_log.verdicts is 'What each layer decided, in order';
comment on column chorograph.gemini_ask_log.cost_micros is 'Millionths of a US dollar at the prices of data/ask/models.yaml';

-- What was spent on a day (in UTC) by everybody (subject all) and by each key or kind of asker, and what is
-- set aside for questions that are being answered.
create table chorograph.gemini_budget (
  day date not null,
  subject text not null,
  requests bigint not null default 0,
  input_tokens bigint not null default 0,
  cached_tokens bigint not null default 0,
  output_tokens bigint not null default 0,
  cost_micros bigint not null default 0,
  reserved_tokens bigint not null default 0,
  reserved_micros bigint not null default 0,
  primary key (day, subject)
);
comment on table chorograph.gemini_budget is 'Use of the Gemini API by day and asker';

-- Sets an amount aside for all subjects or for none of them. Returns the subject that has not enough left.
create function chorograph.reserve_gemini(
  on_day date, subjects text[], tokens bigint, micros bigint, token_limits bigint[], micro_limits bigint[]
) returns text language plpgsql as $$
declare
  i integer;
  use chorograph.gemini_budget;
begin
  for i in 1 .. cardinality(subjects) loop
    insert into chorograph.gemini_budget (day, subject) values (on_day, subjects[i]) on conflict do nothing;
    select * into use from chorograph.gemini_budget where day = on_day and subject = subjects[i] for update;
    if use.input_tokens + use.output_tokens + use.reserved_tokens + tokens > token_limits[i]
      or use.cost_micros + use.reserved_micros + micros > micro_limits[i] then
      return subjects[i];
    end if;
  end loop;
  update chorograph.gemini_budget
  set requests = requests + 1, reserved_tokens = reserved_tokens + tokens, reserved_micros = reserved_micros + micros
  where day = on_day and subject = any (subjects);
  return null;
end;
$$;

-- Down Migration
drop function chorograph.reserve_gemini(date, text[], bigint, bigint, bigint[], bigint[]);
drop table chorograph.gemini_budget;
drop table chorograph.gemini_ask_log;
