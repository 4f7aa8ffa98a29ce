-- Up Migration
-- What was made by itself goes by itself, when its layer is dropped: which one it was is known no more by then.
alter table chorograph.auto add column relation text;
comment on column chorograph.auto.relation is 'What it was made of, schema.name; NULL where it was made before that was kept';

-- Down Migration
alter table chorograph.auto drop column relation;
