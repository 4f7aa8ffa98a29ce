-- Up Migration
-- What a request that changes many features at once was answered, so that whoever did not hear it can ask again.
create table chorograph.edit_answer (
  -- Whose key it was, and what it called the request.
  actor text not null,
  idempotency_key text not null,
  -- SHA-256 of the layer, and of what was asked for.
  request bytea not null,
  -- Null while it is being done, which nobody else sees.
  answer json,
  at timestamptz not null default now(),
  primary key (actor, idempotency_key)
);
create index edit_answer_at on chorograph.edit_answer (at);
comment on table chorograph.edit_answer is 'Answers of requests with an Idempotency-Key, kept for a day';

-- Down Migration
drop table chorograph.edit_answer;
