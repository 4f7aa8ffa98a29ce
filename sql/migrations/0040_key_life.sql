-- Up Migration
alter table chorograph.api_key
  add column expires_at timestamptz,
  add column rate_class text,
  -- The key that this one takes the place of; both are good until the other expires.
  add column replaces text references chorograph.api_key on delete set null;
comment on column chorograph.api_key.rate_class is 'Which limits apply to whoever has it; the usual ones where null';

-- Down Migration
alter table chorograph.api_key drop column expires_at, drop column rate_class, drop column replaces;
