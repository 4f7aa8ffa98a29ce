-- Up Migration
-- What can be found, one row per region, layer, choropleth and named row. The servers read it into memory
-- and answer from there; the indexes are for those who ask in SQL. Names are folded by the servers, so that
-- both agree.
create table chorograph.search_source (
  source text primary key,
  version text not null,
  documents integer not null,
  built_at timestamptz not null default now()
);
comment on table chorograph.search_source is 'What search documents were read from, and at which generation';

create table chorograph.search_document (
  source text not null references chorograph.search_source on delete cascade,
  key text not null,
  kind text not null,
  title text not null,
  code text,
  folded text not null,
  rank real not null,
  words tsvector not null,
  document jsonb not null,
  primary key (source, key)
);
-- PostGIS may be in a schema that is not searched.
do $$
declare
  place constant name := (select n.nspname from pg_extension e join pg_namespace n on n.oid = e.extnamespace where e.extname = 'postgis');
begin
  execute format('alter table chorograph.search_document add column box %I.geometry', place);
end;
$$;
create index search_document_words on chorograph.search_document using gin (words);
create index search_document_code on chorograph.search_document (lower(code));
comment on table chorograph.search_document is 'What GET /search finds';
comment on column chorograph.search_document.folded is 'The title without case, accents, punctuation and short forms';
comment on column chorograph.search_document.words is 'Words of the title (A), parents (B) and descriptions (C), folded and not stemmed';

-- Without the extension, or the right to make it, SQL does without misspellings; the servers do not need it.
do $$
begin
  create extension if not exists pg_trgm;
  create index search_document_folded on chorograph.search_document using gin (folded gin_trgm_ops);
exception when others then
  raise notice 'no trigram index for search: %', sqlerrm;
end;
$$;

-- Down Migration
drop table chorograph.search_document;
drop table chorograph.search_source;
