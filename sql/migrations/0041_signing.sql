-- Up Migration
-- One row: what all instances sign URLs with, made when the first is signed. Whoever reads it can open what keys open.
create table chorograph.signing_secret (
  one boolean primary key default true check (one),
  secret bytea not null check (length(secret) >= 32),
  made_at timestamptz not null default now()
);
comment on table chorograph.signing_secret is 'Signs URLs; without this row every signed URL is worthless';

-- Down Migration
drop table chorograph.signing_secret;
