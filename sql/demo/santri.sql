-- Demo data of an aid programme for boarding schools (pesantren) and their students (santri) in Indonesia.
-- The provinces are real (data/SOURCES.md); every school, student and score is SYNTHETIC.
-- Run again at will: nothing is lost. `npm run seed` runs this file, then sql/packs/santri/up.sql over it (districts,
-- triggers, cubes per district, the views of the system that it replaces), and fills the tables.

create extension if not exists postgis;

-- Every relation of the demo is marked by its comment. One of the same name without it is somebody else's.
do $$
declare
  foreign_names text;
begin
  select string_agg(c.relname, ', ' order by c.relname) into foreign_names
  from pg_class c
  where c.relnamespace = 'public'::regnamespace
    and c.relname in ('provinsi', 'pondok_pesantren', 'pesantren_skor', 'pesantren_map',
                      'santri_pribadi', 'santri_skor', 'santri_map',
                      'mv_santri_stats_provinsi', 'mv_pesantren_stats_provinsi')
    and coalesce(obj_description(c.oid, 'pg_class'), '') not like 'Chorograph demo:%';
  if foreign_names is not null then
    raise exception 'relations of the same name exist and are not the demo''s: %', foreign_names
      using errcode = 'duplicate_table', hint = 'Load the demo into another database.';
  end if;
end
$$;

-- ── Tables ──────────────────────────────────────────────────────────────────────────────────────────────

create table if not exists public.provinsi (
  kode   text primary key,
  id     integer not null unique,
  nama   text not null unique,
  name_1 text not null,
  geom   geometry(MultiPolygon, 4326) not null
);
comment on table public.provinsi is
  'Chorograph demo: 33 provinces of Indonesia as divided before 2012 (Natural Earth, public domain)';
comment on column public.provinsi.kode is 'ISO 3166-2 code, such as ID-AC';
comment on column public.provinsi.id is 'Number in the order of the codes, for feature ids in tiles';
comment on column public.provinsi.nama is 'Name of the province';
comment on column public.provinsi.name_1 is 'The same name, under the column name that GADM uses';
comment on column public.provinsi.geom is 'Area of the province';

create table if not exists public.pondok_pesantren (
  id             uuid primary key,
  nama_pesantren text not null,
  nsp            text not null unique,
  provinsi       text not null,
  kabupaten      text not null,
  jumlah_santri  integer check (jumlah_santri >= 0),
  created_at     timestamptz not null default now(),
  updated_at     timestamptz not null default now()
);
comment on table public.pondok_pesantren is 'Chorograph demo: SYNTHETIC boarding schools; none of them exists';
comment on column public.pondok_pesantren.nsp is 'Registration number, made up';
comment on column public.pondok_pesantren.kabupaten is 'Made-up district label, not a real kabupaten';
comment on column public.pondok_pesantren.jumlah_santri is 'Number of students the school reports, made up';

create table if not exists public.pesantren_skor (
  pesantren_id      uuid primary key references public.pondok_pesantren (id) on delete cascade,
  skor_total        integer not null check (skor_total between 0 and 100),
  kategori_kelayakan text not null
    check (kategori_kelayakan in ('sangat_layak', 'layak', 'cukup_layak', 'tidak_layak'))
);
comment on table public.pesantren_skor is 'Chorograph demo: SYNTHETIC eligibility score of each boarding school';
comment on column public.pesantren_skor.skor_total is 'Score from 0 to 100';
comment on column public.pesantren_skor.kategori_kelayakan is 'Eligibility category: 80, 60 and 40 points part the four';

create table if not exists public.santri_pribadi (
  id         uuid primary key,
  nama       text not null,
  provinsi   text not null,
  kabupaten  text not null,
  kecamatan  text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on table public.santri_pribadi is 'Chorograph demo: SYNTHETIC students; none of them exists';
comment on column public.santri_pribadi.kabupaten is 'Made-up district label, not a real kabupaten';
comment on column public.santri_pribadi.kecamatan is 'Made-up sub-district label, not a real kecamatan';

create table if not exists public.santri_skor (
  santri_id           uuid primary key references public.santri_pribadi (id) on delete cascade,
  skor_total          integer not null check (skor_total between 0 and 100),
  kategori_kemiskinan text not null
    check (kategori_kemiskinan in ('Sangat Miskin', 'Miskin', 'Rentan', 'Tidak Miskin'))
);
comment on table public.santri_skor is 'Chorograph demo: SYNTHETIC poverty score of each student';
comment on column public.santri_skor.skor_total is 'Score from 0 to 100; the higher, the poorer';
comment on column public.santri_skor.kategori_kemiskinan is 'Poverty category: 80, 60 and 40 points part the four';

create table if not exists public.pesantren_map (
  id                 uuid primary key,
  pesantren_id       uuid not null unique references public.pondok_pesantren (id) on delete cascade,
  nama               text not null,
  nsp                text,
  skor_terakhir      integer,
  kategori_kelayakan text
    check (kategori_kelayakan in ('sangat_layak', 'layak', 'cukup_layak', 'tidak_layak')),
  lokasi             geometry(Point, 4326) not null,
  kabupaten          text,
  provinsi           text,
  jumlah_santri      integer,
  created_at         timestamptz not null default now(),
  updated_at         timestamptz not null default now()
);
comment on table public.pesantren_map is
  'Chorograph demo: SYNTHETIC boarding schools as points; scores follow pesantren_skor by the pack''s triggers';
comment on column public.pesantren_map.pesantren_id is 'The school in pondok_pesantren';
comment on column public.pesantren_map.skor_terakhir is 'Score, NULL while there is none';
comment on column public.pesantren_map.kategori_kelayakan is 'Eligibility category, NULL while there is no score';
comment on column public.pesantren_map.lokasi is 'Made-up position inside the province';

create table if not exists public.santri_map (
  id                  uuid primary key,
  santri_id           uuid not null unique references public.santri_pribadi (id) on delete cascade,
  nama                text not null,
  skor_terakhir       integer,
  kategori_kemiskinan text
    check (kategori_kemiskinan in ('Sangat Miskin', 'Miskin', 'Rentan', 'Tidak Miskin')),
  lokasi              geometry(Point, 4326) not null,
  pesantren_id        uuid references public.pondok_pesantren (id) on delete set null,
  kabupaten           text,
  provinsi            text,
  created_at          timestamptz not null default now(),
  updated_at          timestamptz not null default now()
);
comment on table public.santri_map is
  'Chorograph demo: SYNTHETIC students as points; scores follow santri_skor by the pack''s triggers';
comment on column public.santri_map.santri_id is 'The student in santri_pribadi';
comment on column public.santri_map.skor_terakhir is 'Score, NULL while there is none';
comment on column public.santri_map.kategori_kemiskinan is 'Poverty category, NULL while there is no score';
comment on column public.santri_map.lokasi is 'Made-up position inside the province';
comment on column public.santri_map.pesantren_id is 'The school, NULL for a student without one';

-- ── Cubes: one row per province, category and year; every other column adds up ──────────────────────────
-- Keys are never NULL and sums are exact, so REFRESH … CONCURRENTLY rewrites only what changed.
-- A row whose provinsi is the name of no province is counted in no province.

create materialized view if not exists public.mv_santri_stats_provinsi as
select
  p.kode,
  coalesce(m.kategori_kemiskinan, 'Belum Dinilai') as kategori_kemiskinan,
  extract(year from m.created_at at time zone 'UTC')::integer as tahun,
  count(*)::integer as n,
  (count(*) filter (where m.kategori_kemiskinan = 'Miskin'))::integer as n_miskin,
  (count(*) filter (where m.kategori_kemiskinan = 'Sangat Miskin'))::integer as n_sangat_miskin,
  (count(*) filter (where m.kategori_kemiskinan = 'Rentan'))::integer as n_rentan,
  (count(*) filter (where m.kategori_kemiskinan = 'Tidak Miskin'))::integer as n_tidak_miskin,
  coalesce(sum(m.skor_terakhir), 0)::numeric as skor_sum,
  count(m.skor_terakhir)::integer as n_skor
from public.santri_map m
join public.provinsi p on p.nama = m.provinsi
group by 1, 2, 3;
comment on materialized view public.mv_santri_stats_provinsi is
  'Chorograph demo: SYNTHETIC students per province, poverty category and year of registration';
create unique index if not exists mv_santri_stats_provinsi_key
  on public.mv_santri_stats_provinsi (kode, kategori_kemiskinan, tahun);

create materialized view if not exists public.mv_pesantren_stats_provinsi as
select
  p.kode,
  coalesce(m.kategori_kelayakan, 'belum_dinilai') as kategori_kelayakan,
  extract(year from m.created_at at time zone 'UTC')::integer as tahun,
  count(*)::integer as n,
  (count(*) filter (where m.kategori_kelayakan = 'sangat_layak'))::integer as n_sangat_layak,
  (count(*) filter (where m.kategori_kelayakan = 'layak'))::integer as n_layak,
  (count(*) filter (where m.kategori_kelayakan = 'cukup_layak'))::integer as n_cukup_layak,
  (count(*) filter (where m.kategori_kelayakan = 'tidak_layak'))::integer as n_tidak_layak,
  coalesce(sum(m.skor_terakhir), 0)::numeric as skor_sum,
  count(m.skor_terakhir)::integer as n_skor,
  coalesce(sum(m.jumlah_santri), 0)::integer as jumlah_santri
from public.pesantren_map m
join public.provinsi p on p.nama = m.provinsi
group by 1, 2, 3;
comment on materialized view public.mv_pesantren_stats_provinsi is
  'Chorograph demo: SYNTHETIC boarding schools per province, eligibility category and year of registration';
create unique index if not exists mv_pesantren_stats_provinsi_key
  on public.mv_pesantren_stats_provinsi (kode, kategori_kelayakan, tahun);
