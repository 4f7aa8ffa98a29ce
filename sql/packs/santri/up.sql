-- The santri programme: its tables, what keeps its map tables right, its cubes. `chorograph pack santri up` runs this
-- file in one transaction. What is missing is created, what exists is adopted with every row that it holds, and to
-- run it again changes nothing. Everything that it creates has a comment that starts with "Chorograph pack santri";
-- down.sql removes what has that comment, and nothing else.

create extension if not exists postgis;

-- ── Names: folded, so that `Kab. Aceh Barat`, `AcehBarat` and `ACEH BARAT` are one ─────────────────────────

create or replace function public.chorograph_santri_words(name text) returns text
language sql immutable parallel safe as $$
  select btrim(regexp_replace(lower(regexp_replace(
    translate(coalesce(name, ''), 'ÀÁÂÃÄÅàáâãäåÈÉÊËèéêëÌÍÎÏìíîïÒÓÔÕÖòóôõöÙÚÛÜùúûüÇçÑñ''’`',
                                  'AAAAAAaaaaaaEEEEeeeeIIIIiiiiOOOOOoooooUUUUuuuuCcNn'),
    '([a-z])([A-Z])', '\1 \2', 'g')), '[^a-z0-9]+', ' ', 'g'))
$$;
comment on function public.chorograph_santri_words(text) is
  'Chorograph pack santri: words of a name without case, accents, punctuation';

create or replace function public.chorograph_santri_kind(name text) returns text
language sql immutable parallel safe as $$
  select case
    when w ~ '^(kab|kabupaten|kbp) ' then 'kabupaten'
    when w ~ '^(kota|kodya|kotamadya) ' then 'kota'
  end from (select public.chorograph_santri_words(name) w) named
$$;
comment on function public.chorograph_santri_kind(text) is
  'Chorograph pack santri: kabupaten or kota where the name begins with it';

create or replace function public.chorograph_santri_key(name text) returns text
language sql immutable parallel safe as $$
  select replace(regexp_replace(public.chorograph_santri_words(name),
    '^(provinsi|propinsi|prov|kabupaten|kab|kbp|kotamadya|kodya|kota)( administrasi| administratif| adm)? ', ''), ' ', '')
$$;
comment on function public.chorograph_santri_key(text) is
  'Chorograph pack santri: a name without its kind, run together';

-- ── Tables that are missing ────────────────────────────────────────────────────────────────────────────────

do $$
begin
  if to_regclass('public.provinsi') is null then
    create table public.provinsi (
      kode   text primary key,
      name_1 text not null,
      geom   geometry(MultiPolygon, 4326) not null
    );
    comment on table public.provinsi is 'Chorograph pack santri: provinces; name_1 as GADM calls the column';
  end if;
  if to_regclass('public.kabupaten') is null then
    create table public.kabupaten (
      kode   text primary key,
      name_1 text not null,
      name_2 text not null,
      geom   geometry(MultiPolygon, 4326) not null
    );
    comment on table public.kabupaten is 'Chorograph pack santri: regencies and cities (level 2)';
  end if;
  if to_regclass('public.pondok_pesantren') is null then
    create table public.pondok_pesantren (
      id             uuid primary key,
      nama_pesantren text not null,
      nsp            text,
      provinsi       text,
      kabupaten      text,
      jumlah_santri  integer,
      created_at     timestamptz not null default now(),
      updated_at     timestamptz not null default now()
    );
    comment on table public.pondok_pesantren is 'Chorograph pack santri: boarding schools';
  end if;
  if to_regclass('public.pesantren_skor') is null then
    create table public.pesantren_skor (
      pesantren_id       uuid primary key references public.pondok_pesantren (id) on delete cascade,
      skor_total         integer,
      kategori_kelayakan text
    );
    comment on table public.pesantren_skor is 'Chorograph pack santri: eligibility score of each school';
  end if;
  if to_regclass('public.santri_pribadi') is null then
    create table public.santri_pribadi (
      id            uuid primary key,
      nama          text not null,
      nik           text,
      jenis_kelamin text check (jenis_kelamin in ('L', 'P')),
      provinsi      text,
      kabupaten     text,
      kecamatan     text,
      created_at    timestamptz not null default now(),
      updated_at    timestamptz not null default now()
    );
    comment on table public.santri_pribadi is 'Chorograph pack santri: students; personal data';
  end if;
  if to_regclass('public.santri_skor') is null then
    create table public.santri_skor (
      santri_id           uuid primary key references public.santri_pribadi (id) on delete cascade,
      skor_total          integer,
      kategori_kemiskinan text
    );
    comment on table public.santri_skor is 'Chorograph pack santri: poverty score of each student';
  end if;
  if to_regclass('public.pesantren_map') is null then
    create table public.pesantren_map (
      id                 uuid primary key,
      pesantren_id       uuid not null unique,
      nama               text,
      nsp                text,
      skor_terakhir      integer,
      kategori_kelayakan text,
      lokasi             geometry(Point, 4326) not null,
      kabupaten          text,
      provinsi           text,
      jumlah_santri      integer,
      created_at         timestamptz not null default now(),
      updated_at         timestamptz not null default now()
    );
    comment on table public.pesantren_map is 'Chorograph pack santri: boarding schools as points';
  end if;
  if to_regclass('public.santri_map') is null then
    -- Room in each page, so that a new score need not be written into eight indexes.
    create table public.santri_map (
      id                  uuid primary key,
      santri_id           uuid not null unique,
      nama                text,
      skor_terakhir       integer,
      kategori_kemiskinan text,
      lokasi              geometry(Point, 4326) not null,
      pesantren_id        uuid,
      kabupaten           text,
      provinsi            text,
      created_at          timestamptz not null default now(),
      updated_at          timestamptz not null default now()
    ) with (fillfactor = 80);
    comment on table public.santri_map is 'Chorograph pack santri: students as points; personal data';
  end if;
end
$$;

-- What is adopted must have the columns that are read; all that are missing are told at once.
do $$
declare
  missing text;
begin
  select string_agg(format('public.%s.%s', wanted.relation, wanted.attribute), ', ' order by wanted.relation, wanted.attribute)
  into missing
  from (values
    ('provinsi', 'name_1'), ('provinsi', 'geom'),
    ('kabupaten', 'name_1'), ('kabupaten', 'name_2'), ('kabupaten', 'geom'),
    ('pondok_pesantren', 'id'), ('pondok_pesantren', 'nama_pesantren'), ('pondok_pesantren', 'nsp'),
    ('pondok_pesantren', 'provinsi'), ('pondok_pesantren', 'kabupaten'), ('pondok_pesantren', 'jumlah_santri'),
    ('pesantren_skor', 'pesantren_id'), ('pesantren_skor', 'skor_total'), ('pesantren_skor', 'kategori_kelayakan'),
    ('santri_pribadi', 'id'), ('santri_pribadi', 'nama'), ('santri_pribadi', 'provinsi'), ('santri_pribadi', 'kabupaten'),
    ('santri_skor', 'santri_id'), ('santri_skor', 'skor_total'), ('santri_skor', 'kategori_kemiskinan'),
    ('pesantren_map', 'id'), ('pesantren_map', 'pesantren_id'), ('pesantren_map', 'nama'), ('pesantren_map', 'nsp'),
    ('pesantren_map', 'skor_terakhir'), ('pesantren_map', 'kategori_kelayakan'), ('pesantren_map', 'lokasi'),
    ('pesantren_map', 'kabupaten'), ('pesantren_map', 'provinsi'), ('pesantren_map', 'jumlah_santri'),
    ('pesantren_map', 'updated_at'),
    ('santri_map', 'id'), ('santri_map', 'santri_id'), ('santri_map', 'nama'), ('santri_map', 'skor_terakhir'),
    ('santri_map', 'kategori_kemiskinan'), ('santri_map', 'lokasi'), ('santri_map', 'pesantren_id'),
    ('santri_map', 'kabupaten'), ('santri_map', 'provinsi'), ('santri_map', 'updated_at')
  ) wanted (relation, attribute)
  where not exists (
    select from pg_attribute a
    where a.attrelid = to_regclass('public.' || wanted.relation) and a.attname = wanted.attribute and not a.attisdropped);
  if missing is not null then
    raise exception 'columns that the pack reads are missing: %', missing using errcode = 'undefined_column';
  end if;
end
$$;

-- ── Codes of regions and of what lies in them ──────────────────────────────────────────────────────────────

do $$
declare
  added record;
begin
  for added in
    select * from (values
      ('provinsi', 'kode', 'code of the province, made of its name'),
      ('kabupaten', 'kode', 'code of the regency or city, made of the names'),
      ('kabupaten', 'kode_provinsi', 'code of its province'),
      ('santri_map', 'kode_kabupaten', 'regency or city that the point lies in, by name where it lies in none'),
      ('santri_map', 'kode_provinsi', 'province that the point lies in, by name where it lies in none'),
      ('pesantren_map', 'kode_kabupaten', 'regency or city that the point lies in, by name where it lies in none'),
      ('pesantren_map', 'kode_provinsi', 'province that the point lies in, by name where it lies in none')
    ) wanted (relation, attribute, about)
    where not exists (
      select from pg_attribute a
      where a.attrelid = to_regclass('public.' || wanted.relation) and a.attname = wanted.attribute and not a.attisdropped)
  loop
    execute format('alter table public.%I add column %I text', added.relation, added.attribute);
    execute format('comment on column public.%I.%I is %L', added.relation, added.attribute,
      'Chorograph pack santri: ' || added.about);
  end loop;
end
$$;

create or replace function public.chorograph_santri_code_provinsi() returns trigger language plpgsql as $$
begin
  if new.kode is null and nullif(nullif(new.name_1, ''), 'NA') is not null then
    new.kode := public.chorograph_santri_key(new.name_1);
  end if;
  return new;
end
$$;
comment on function public.chorograph_santri_code_provinsi() is
  'Chorograph pack santri: a province without a code gets one of its name';

-- A city and a regency of one name in one province differ by the city's kind.
create or replace function public.chorograph_santri_code_kabupaten() returns trigger language plpgsql as $$
begin
  if new.kode_provinsi is null then
    select p.kode into new.kode_provinsi from public.provinsi p
    where public.chorograph_santri_key(p.name_1) = public.chorograph_santri_key(new.name_1)
    order by p.kode limit 1;
  end if;
  if new.kode is null and nullif(nullif(new.name_2, ''), 'NA') is not null then
    new.kode := public.chorograph_santri_key(new.name_1) || '.'
      || case when public.chorograph_santri_kind(new.name_2) = 'kota' then 'kota-' else '' end
      || public.chorograph_santri_key(new.name_2);
  end if;
  return new;
end
$$;
comment on function public.chorograph_santri_code_kabupaten() is
  'Chorograph pack santri: a regency or city without a code gets one of its names, and its province';

create or replace trigger chorograph_santri_code before insert or update on public.provinsi
  for each row execute function public.chorograph_santri_code_provinsi();
create or replace trigger chorograph_santri_code before insert or update on public.kabupaten
  for each row execute function public.chorograph_santri_code_kabupaten();
comment on trigger chorograph_santri_code on public.provinsi is 'Chorograph pack santri';
comment on trigger chorograph_santri_code on public.kabupaten is 'Chorograph pack santri';
-- Through the triggers; rows that have a code are not touched.
update public.provinsi set name_1 = name_1 where kode is null and nullif(nullif(name_1, ''), 'NA') is not null;
update public.kabupaten set name_2 = name_2
where (kode is null and nullif(nullif(name_2, ''), 'NA') is not null)
  or (kode_provinsi is null and exists (
    select from public.provinsi p where public.chorograph_santri_key(p.name_1) = public.chorograph_santri_key(kabupaten.name_1)));

create or replace function public.chorograph_santri_locate(
  place geometry, province_name text, regency_name text, out kode_kabupaten text, out kode_provinsi text
) language plpgsql stable as $$
declare
  regency text;
  province text;
  said_kind text;
  named record;
begin
  if place is not null and not st_isempty(place) then
    select k.kode, k.kode_provinsi into regency, province from public.kabupaten k
    where k.kode is not null and st_intersects(k.geom, place) order by k.kode limit 1;
    if province is null then
      select p.kode into province from public.provinsi p
      where p.kode is not null and st_intersects(p.geom, place) order by p.kode limit 1;
    end if;
  end if;
  -- By name where the place says nothing: one regency or city of that name, and of that kind where a kind is said.
  -- Of boundaries that name the kind of some alone, those are taken first.
  if regency is null and nullif(regency_name, '') is not null then
    said_kind := public.chorograph_santri_kind(regency_name);
    select count(distinct c.kode) as candidates, min(c.kode) as kode, min(c.kode_provinsi) as province into named
    from (
      select k.kode, k.kode_provinsi,
        rank() over (order by coalesce(public.chorograph_santri_kind(k.name_2) = said_kind, false) desc) as place_in_line
      from public.kabupaten k
      where k.kode is not null
        and public.chorograph_santri_key(k.name_2) = public.chorograph_santri_key(regency_name)
        and (said_kind is null or coalesce(public.chorograph_santri_kind(k.name_2), said_kind) = said_kind)
        and (nullif(province_name, '') is null
          or public.chorograph_santri_key(k.name_1) = public.chorograph_santri_key(province_name))
        and (province is null or k.kode_provinsi is null or k.kode_provinsi = province)) c
    where c.place_in_line = 1;
    if named.candidates = 1 then
      regency := named.kode;
      province := coalesce(province, named.province);
    end if;
  end if;
  if province is null and nullif(province_name, '') is not null then
    select p.kode into province from public.provinsi p
    where public.chorograph_santri_key(p.name_1) = public.chorograph_santri_key(province_name)
    order by p.kode limit 1;
  end if;
  kode_kabupaten := regency;
  kode_provinsi := province;
end
$$;
comment on function public.chorograph_santri_locate(geometry, text, text) is
  'Chorograph pack santri: codes of the regions that a point lies in; by names where it lies in none';

-- ── Map rows: located when written, and filled with what is known already ──────────────────────────────────

create or replace function public.chorograph_santri_place() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new.skor_terakhir is null and new.kategori_kemiskinan is null then
    select s.skor_total, s.kategori_kemiskinan into new.skor_terakhir, new.kategori_kemiskinan
    from public.santri_skor s where s.santri_id = new.santri_id;
  end if;
  select l.kode_kabupaten, l.kode_provinsi into new.kode_kabupaten, new.kode_provinsi
  from public.chorograph_santri_locate(new.lokasi, new.provinsi, new.kabupaten) l;
  return new;
end
$$;
comment on function public.chorograph_santri_place() is 'Chorograph pack santri: locates a row of santri_map';

create or replace function public.chorograph_pesantren_place() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' and new.skor_terakhir is null and new.kategori_kelayakan is null then
    select s.skor_total, s.kategori_kelayakan into new.skor_terakhir, new.kategori_kelayakan
    from public.pesantren_skor s where s.pesantren_id = new.pesantren_id;
  end if;
  select l.kode_kabupaten, l.kode_provinsi into new.kode_kabupaten, new.kode_provinsi
  from public.chorograph_santri_locate(new.lokasi, new.provinsi, new.kabupaten) l;
  return new;
end
$$;
comment on function public.chorograph_pesantren_place() is 'Chorograph pack santri: locates a row of pesantren_map';

create or replace trigger chorograph_santri_place
  before insert or update of lokasi, provinsi, kabupaten on public.santri_map
  for each row execute function public.chorograph_santri_place();
create or replace trigger chorograph_santri_place
  before insert or update of lokasi, provinsi, kabupaten on public.pesantren_map
  for each row execute function public.chorograph_pesantren_place();
comment on trigger chorograph_santri_place on public.santri_map is 'Chorograph pack santri';
comment on trigger chorograph_santri_place on public.pesantren_map is 'Chorograph pack santri';

-- After new boundaries, or rows that were written while triggers were off: only rows whose codes differ are written.
create or replace function public.chorograph_santri_assign() returns bigint language plpgsql as $$
declare
  written bigint;
  more bigint;
begin
  with located as (
    select m.id, l.kode_kabupaten, l.kode_provinsi
    from public.santri_map m
    cross join lateral public.chorograph_santri_locate(m.lokasi, m.provinsi, m.kabupaten) l
    where (m.kode_kabupaten, m.kode_provinsi) is distinct from (l.kode_kabupaten, l.kode_provinsi))
  update public.santri_map m set kode_kabupaten = l.kode_kabupaten, kode_provinsi = l.kode_provinsi
  from located l where l.id = m.id;
  get diagnostics written = row_count;
  with located as (
    select m.id, l.kode_kabupaten, l.kode_provinsi
    from public.pesantren_map m
    cross join lateral public.chorograph_santri_locate(m.lokasi, m.provinsi, m.kabupaten) l
    where (m.kode_kabupaten, m.kode_provinsi) is distinct from (l.kode_kabupaten, l.kode_provinsi))
  update public.pesantren_map m set kode_kabupaten = l.kode_kabupaten, kode_provinsi = l.kode_provinsi
  from located l where l.id = m.id;
  get diagnostics more = row_count;
  return written + more;
end
$$;
comment on function public.chorograph_santri_assign() is
  'Chorograph pack santri: locates every row of the map tables anew; returns how many changed';

create or replace view public.chorograph_santri_unmatched as
select 'santri_map' as relation, provinsi, kabupaten, count(*) as rows, (array_agg(id::text order by id))[1:3] as examples
from public.santri_map where kode_kabupaten is null group by 2, 3
union all
select 'pesantren_map', provinsi, kabupaten, count(*), (array_agg(id::text order by id))[1:3]
from public.pesantren_map where kode_kabupaten is null group by 2, 3;
comment on view public.chorograph_santri_unmatched is
  'Chorograph pack santri: rows that lie in no regency or city and whose names are of none, or of several';

-- ── Scores, persons and schools reach the map rows, a whole statement at a time ────────────────────────────

create or replace function public.chorograph_santri_scores() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    update public.santri_map set skor_terakhir = null, kategori_kemiskinan = null, updated_at = now()
    where skor_terakhir is not null or kategori_kemiskinan is not null;
    return null;
  end if;
  if tg_op = 'DELETE' then
    update public.santri_map m
    set skor_terakhir = null, kategori_kemiskinan = null, updated_at = now()
    from old_rows o
    where m.santri_id = o.santri_id
      and (m.skor_terakhir is not null or m.kategori_kemiskinan is not null)
      and not exists (select from public.santri_skor s where s.santri_id = o.santri_id);
  end if;
  -- A score that went to somebody else is nobody's where it was; where ids stay there is nothing to look for.
  if tg_op = 'UPDATE' then
    update public.santri_map m
    set skor_terakhir = null, kategori_kemiskinan = null, updated_at = now()
    from (select santri_id from old_rows except select santri_id from new_rows) o
    where m.santri_id = o.santri_id
      and (m.skor_terakhir is not null or m.kategori_kemiskinan is not null)
      and not exists (select from public.santri_skor s where s.santri_id = o.santri_id);
  end if;
  if tg_op <> 'DELETE' then
    update public.santri_map m
    set skor_terakhir = s.skor_total, kategori_kemiskinan = s.kategori_kemiskinan, updated_at = now()
    from new_rows s
    where m.santri_id = s.santri_id
      and (m.skor_terakhir, m.kategori_kemiskinan) is distinct from (s.skor_total, s.kategori_kemiskinan);
  end if;
  return null;
end
$$;
comment on function public.chorograph_santri_scores() is 'Chorograph pack santri: scores reach santri_map';

create or replace function public.chorograph_pesantren_scores() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    update public.pesantren_map set skor_terakhir = null, kategori_kelayakan = null, updated_at = now()
    where skor_terakhir is not null or kategori_kelayakan is not null;
    return null;
  end if;
  if tg_op = 'DELETE' then
    update public.pesantren_map m
    set skor_terakhir = null, kategori_kelayakan = null, updated_at = now()
    from old_rows o
    where m.pesantren_id = o.pesantren_id
      and (m.skor_terakhir is not null or m.kategori_kelayakan is not null)
      and not exists (select from public.pesantren_skor s where s.pesantren_id = o.pesantren_id);
  end if;
  -- A score that went to somebody else is nobody's where it was; where ids stay there is nothing to look for.
  if tg_op = 'UPDATE' then
    update public.pesantren_map m
    set skor_terakhir = null, kategori_kelayakan = null, updated_at = now()
    from (select pesantren_id from old_rows except select pesantren_id from new_rows) o
    where m.pesantren_id = o.pesantren_id
      and (m.skor_terakhir is not null or m.kategori_kelayakan is not null)
      and not exists (select from public.pesantren_skor s where s.pesantren_id = o.pesantren_id);
  end if;
  if tg_op <> 'DELETE' then
    update public.pesantren_map m
    set skor_terakhir = s.skor_total, kategori_kelayakan = s.kategori_kelayakan, updated_at = now()
    from new_rows s
    where m.pesantren_id = s.pesantren_id
      and (m.skor_terakhir, m.kategori_kelayakan) is distinct from (s.skor_total, s.kategori_kelayakan);
  end if;
  return null;
end
$$;
comment on function public.chorograph_pesantren_scores() is 'Chorograph pack santri: scores reach pesantren_map';

create or replace function public.chorograph_santri_persons() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from public.santri_map;
    return null;
  end if;
  if tg_op = 'DELETE' then
    delete from public.santri_map m using old_rows o
    where m.santri_id = o.id and not exists (select from public.santri_pribadi p where p.id = o.id);
    return null;
  end if;
  update public.santri_map m
  set nama = p.nama, provinsi = p.provinsi, kabupaten = p.kabupaten, updated_at = now()
  from new_rows p
  where m.santri_id = p.id
    and (m.nama::text, m.provinsi::text, m.kabupaten::text)
      is distinct from (p.nama::text, p.provinsi::text, p.kabupaten::text);
  return null;
end
$$;
comment on function public.chorograph_santri_persons() is 'Chorograph pack santri: persons reach santri_map';

create or replace function public.chorograph_santri_schools() returns trigger language plpgsql as $$
begin
  if tg_op = 'TRUNCATE' then
    delete from public.pesantren_map;
    update public.santri_map set pesantren_id = null where pesantren_id is not null;
    return null;
  end if;
  if tg_op = 'DELETE' then
    delete from public.pesantren_map m using old_rows o
    where m.pesantren_id = o.id and not exists (select from public.pondok_pesantren p where p.id = o.id);
    update public.santri_map m set pesantren_id = null, updated_at = now() from old_rows o
    where m.pesantren_id = o.id and not exists (select from public.pondok_pesantren p where p.id = o.id);
    return null;
  end if;
  update public.pesantren_map m
  set nama = p.nama_pesantren, nsp = p.nsp, provinsi = p.provinsi, kabupaten = p.kabupaten,
      jumlah_santri = p.jumlah_santri, updated_at = now()
  from new_rows p
  where m.pesantren_id = p.id
    and (m.nama::text, m.nsp::text, m.provinsi::text, m.kabupaten::text, m.jumlah_santri)
      is distinct from (p.nama_pesantren::text, p.nsp::text, p.provinsi::text, p.kabupaten::text, p.jumlah_santri);
  return null;
end
$$;
comment on function public.chorograph_santri_schools() is
  'Chorograph pack santri: schools reach pesantren_map and the students of santri_map';

do $$
declare
  source record;
begin
  for source in
    select * from (values
      ('santri_skor', 'chorograph_santri_scores'), ('pesantren_skor', 'chorograph_pesantren_scores'),
      ('santri_pribadi', 'chorograph_santri_persons'), ('pondok_pesantren', 'chorograph_santri_schools')
    ) sources (relation, function)
  loop
    execute format('create or replace trigger chorograph_santri_inserted after insert on public.%I
      referencing new table as new_rows for each statement execute function public.%I()', source.relation, source.function);
    execute format('create or replace trigger chorograph_santri_updated after update on public.%I
      referencing old table as old_rows new table as new_rows
      for each statement execute function public.%I()', source.relation, source.function);
    execute format('create or replace trigger chorograph_santri_deleted after delete on public.%I
      referencing old table as old_rows for each statement execute function public.%I()', source.relation, source.function);
    execute format('create or replace trigger chorograph_santri_truncated after truncate on public.%I
      for each statement execute function public.%I()', source.relation, source.function);
    execute format('comment on trigger chorograph_santri_inserted on public.%I is %L', source.relation, 'Chorograph pack santri');
    execute format('comment on trigger chorograph_santri_updated on public.%I is %L', source.relation, 'Chorograph pack santri');
    execute format('comment on trigger chorograph_santri_deleted on public.%I is %L', source.relation, 'Chorograph pack santri');
    execute format('comment on trigger chorograph_santri_truncated on public.%I is %L', source.relation, 'Chorograph pack santri');
  end loop;
end
$$;

-- ── Indexes: position, filters, regions, pages, names; none where the table has one that serves ────────────

do $$
declare
  wanted record;
begin
  for wanted in
    select * from (values
      ('provinsi', 'gist', array['geom']), ('kabupaten', 'gist', array['geom']),
      ('santri_map', 'gist', array['lokasi']), ('pesantren_map', 'gist', array['lokasi']),
      ('santri_map', 'btree', array['kategori_kemiskinan', 'id']), ('pesantren_map', 'btree', array['kategori_kelayakan', 'id']),
      ('santri_map', 'btree', array['provinsi', 'kabupaten']), ('pesantren_map', 'btree', array['provinsi', 'kabupaten', 'id']),
      ('santri_map', 'btree', array['pesantren_id', 'id']),
      ('santri_map', 'btree', array['kode_kabupaten']), ('pesantren_map', 'btree', array['kode_kabupaten'])
    ) indexes (relation, method, attributes)
    where not exists (
      select from pg_index i join pg_class c on c.oid = i.indexrelid join pg_am am on am.oid = c.relam
      where i.indrelid = to_regclass('public.' || indexes.relation) and am.amname = indexes.method
        and i.indpred is null and i.indnkeyatts >= cardinality(indexes.attributes)
        and (select array_agg(a.attname::text order by k.position)
             from unnest(i.indkey::int2[]) with ordinality k (attnum, position)
             join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k.attnum
             where k.position <= cardinality(indexes.attributes)) = indexes.attributes)
  loop
    execute format('create index %I on public.%I using %s (%s)',
      'chorograph_' || wanted.relation || '_' || array_to_string(wanted.attributes, '_') || '_idx',
      wanted.relation, wanted.method,
      (select string_agg(format('%I', attribute), ', ') from unnest(wanted.attributes) attribute));
    execute format('comment on index public.%I is %L',
      'chorograph_' || wanted.relation || '_' || array_to_string(wanted.attributes, '_') || '_idx', 'Chorograph pack santri');
  end loop;
end
$$;

create index if not exists chorograph_kabupaten_nama_idx on public.kabupaten (public.chorograph_santri_key(name_2));
comment on index public.chorograph_kabupaten_nama_idx is 'Chorograph pack santri';

-- Search by name that forgives typing errors, where the server has pg_trgm and the role may use it.
do $$
begin
  create extension if not exists pg_trgm;
  if not exists (select from pg_indexes where schemaname = 'public' and tablename = 'santri_map' and indexdef like '%(nama gin_trgm_ops)%') then
    create index chorograph_santri_map_nama_idx on public.santri_map using gin (nama gin_trgm_ops);
    comment on index public.chorograph_santri_map_nama_idx is 'Chorograph pack santri';
  end if;
  if not exists (select from pg_indexes where schemaname = 'public' and tablename = 'pesantren_map' and indexdef like '%(nama gin_trgm_ops)%') then
    create index chorograph_pesantren_map_nama_idx on public.pesantren_map using gin (nama gin_trgm_ops);
    comment on index public.chorograph_pesantren_map_nama_idx is 'Chorograph pack santri';
  end if;
exception
  when feature_not_supported or undefined_file or undefined_object or insufficient_privilege then
    raise notice 'no trigram index on names: %', sqlerrm;
end
$$;

-- Rows that were there before. Triggers of others that would change a row as it is written (a time of the last change)
-- wait meanwhile: nothing of the row changes but what we added.
do $$
declare
  others text[];
  each text;
begin
  select array_agg(format('%s %s', t.tgrelid::regclass, quote_ident(t.tgname))) into others
  from pg_trigger t
  where t.tgrelid in ('public.santri_map'::regclass, 'public.pesantren_map'::regclass)
    and not t.tgisinternal and t.tgenabled = 'O' and t.tgtype & 2 = 2 and t.tgtype & 16 = 16
    and t.tgname not like 'chorograph%';
  foreach each in array coalesce(others, '{}') loop
    execute format('alter table %s disable trigger %s', split_part(each, ' ', 1), substr(each, strpos(each, ' ') + 1));
  end loop;
  perform public.chorograph_santri_assign();
  foreach each in array coalesce(others, '{}') loop
    execute format('alter table %s enable trigger %s', split_part(each, ' ', 1), substr(each, strpos(each, ' ') + 1));
  end loop;
end
$$;

-- ── Cubes: a row per region and category, every other column adds up; keys are never NULL, sums are exact ──

create or replace function pg_temp.made(kind text, name text, about text) returns void language plpgsql as $$
begin
  execute format('comment on %s public.%I is %L', kind, name, 'Chorograph pack santri: ' || about);
end
$$;

do $$
declare
  cube record;
begin
  for cube in
    select * from (values
      ('santri_cube_kabupaten', 'santri_map', 'kode_kabupaten', 'students per regency or city and poverty category'),
      ('santri_cube_provinsi', 'santri_map', 'kode_provinsi', 'students per province and poverty category'),
      ('pesantren_cube_kabupaten', 'pesantren_map', 'kode_kabupaten', 'schools per regency or city and eligibility category'),
      ('pesantren_cube_provinsi', 'pesantren_map', 'kode_provinsi', 'schools per province and eligibility category')
    ) cubes (name, relation, kode, about)
    where to_regclass('public.' || cubes.name) is null
  loop
    if cube.relation = 'santri_map' then
      execute format($sql$
        create materialized view public.%I as
        select %I as kode, coalesce(kategori_kemiskinan, 'Belum Dinilai')::text as kategori_kemiskinan,
          count(*) as n,
          count(*) filter (where kategori_kemiskinan = 'Sangat Miskin') as n_sangat_miskin,
          count(*) filter (where kategori_kemiskinan = 'Miskin') as n_miskin,
          count(*) filter (where kategori_kemiskinan = 'Rentan') as n_rentan,
          count(*) filter (where kategori_kemiskinan = 'Tidak Miskin') as n_tidak_miskin,
          coalesce(sum(skor_terakhir), 0)::numeric as skor_sum, count(skor_terakhir) as n_skor
        from public.santri_map where %I is not null group by 1, 2$sql$, cube.name, cube.kode, cube.kode);
      execute format('create unique index %I on public.%I (kode, kategori_kemiskinan)', cube.name || '_key', cube.name);
    else
      execute format($sql$
        create materialized view public.%I as
        select %I as kode, coalesce(kategori_kelayakan, 'belum_dinilai')::text as kategori_kelayakan,
          count(*) as n,
          count(*) filter (where kategori_kelayakan = 'sangat_layak') as n_sangat_layak,
          count(*) filter (where kategori_kelayakan = 'layak') as n_layak,
          count(*) filter (where kategori_kelayakan = 'cukup_layak') as n_cukup_layak,
          count(*) filter (where kategori_kelayakan = 'tidak_layak') as n_tidak_layak,
          coalesce(sum(skor_terakhir), 0)::numeric as skor_sum, count(skor_terakhir) as n_skor,
          coalesce(sum(jumlah_santri), 0)::numeric as jumlah_santri
        from public.pesantren_map where %I is not null group by 1, 2$sql$, cube.name, cube.kode, cube.kode);
      execute format('create unique index %I on public.%I (kode, kategori_kelayakan)', cube.name || '_key', cube.name);
    end if;
    perform pg_temp.made('materialized view', cube.name, cube.about);
  end loop;

  -- The two views of the system that this replaces, for whoever reads them by name.
  if to_regclass('public.mv_santri_stats_kabupaten') is null then
    create materialized view public.mv_santri_stats_kabupaten as
    select coalesce(provinsi, '') as provinsi, coalesce(kabupaten, '') as kabupaten,
      count(*) as total_santri,
      count(*) filter (where kategori_kemiskinan = 'Sangat Miskin') as sangat_miskin,
      count(*) filter (where kategori_kemiskinan = 'Miskin') as miskin,
      count(*) filter (where kategori_kemiskinan = 'Rentan') as rentan,
      count(*) filter (where kategori_kemiskinan = 'Tidak Miskin') as tidak_miskin,
      round(avg(skor_terakhir), 2) as avg_skor, max(updated_at) as last_update
    from public.santri_map group by 1, 2;
    create unique index mv_santri_stats_kabupaten_key on public.mv_santri_stats_kabupaten (provinsi, kabupaten);
    perform pg_temp.made('materialized view', 'mv_santri_stats_kabupaten', 'students per regency by name, as before');
  end if;
  if to_regclass('public.mv_pesantren_stats_kabupaten') is null then
    create materialized view public.mv_pesantren_stats_kabupaten as
    select coalesce(provinsi, '') as provinsi, coalesce(kabupaten, '') as kabupaten,
      count(*) as total_pesantren,
      count(*) filter (where kategori_kelayakan = 'sangat_layak') as sangat_layak,
      count(*) filter (where kategori_kelayakan = 'layak') as layak,
      count(*) filter (where kategori_kelayakan = 'cukup_layak') as cukup_layak,
      count(*) filter (where kategori_kelayakan = 'tidak_layak') as tidak_layak,
      round(avg(skor_terakhir), 2) as avg_skor, coalesce(sum(jumlah_santri), 0) as total_santri,
      max(updated_at) as last_update
    from public.pesantren_map group by 1, 2;
    create unique index mv_pesantren_stats_kabupaten_key on public.mv_pesantren_stats_kabupaten (provinsi, kabupaten);
    perform pg_temp.made('materialized view', 'mv_pesantren_stats_kabupaten', 'schools per regency by name, as before');
  end if;
end
$$;
