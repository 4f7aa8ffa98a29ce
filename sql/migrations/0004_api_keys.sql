-- Up Migration
create table chorograph.api_key (
  id text primary key,
  name text not null,
  -- SHA-256 of the secret. It has 256 random bits, so a slow hash would protect nothing more.
  hash bytea not null,
  scopes text[] not null,
  created_at timestamptz not null default now(),
  last_used_at timestamptz,
  revoked_at timestamptz
);
comment on table chorograph.api_key is 'Keys of those who may write; the secret itself is shown once and kept nowhere';

-- Down Migration
drop table chorograph.api_key;
