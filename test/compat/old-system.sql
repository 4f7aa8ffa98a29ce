-- Tables as the santri application has them, with rows made up by hand: nobody in them exists.
create table provinsi (name_1 text, geom geometry(MultiPolygon, 4326));
insert into provinsi values
  ('Aceh', st_multi(st_makeenvelope(95, 2, 98, 6, 4326))),
  ('JawaBarat', st_multi(st_makeenvelope(106, -8, 109, -6, 4326)));
create table kabupaten (name_1 text, name_2 text, geom geometry(MultiPolygon, 4326));
insert into kabupaten values
  ('Aceh', 'AcehBarat', st_multi(st_makeenvelope(95, 2, 96.5, 6, 4326))),
  ('Aceh', 'AcehBaratDaya', st_multi(st_makeenvelope(96.5, 2, 98, 6, 4326))),
  ('JawaBarat', 'Bogor', st_multi(st_makeenvelope(106, -8, 107, -6, 4326))),
  ('JawaBarat', 'KotaBogor', st_multi(st_makeenvelope(107, -8, 108, -6, 4326))),
  ('JawaBarat', 'NA', st_multi(st_makeenvelope(108, -8, 108.2, -7.8, 4326)));

create table pondok_pesantren (
  id uuid primary key, nama_pesantren varchar(200), nsp varchar(50), provinsi varchar(100), kabupaten varchar(100),
  jumlah_santri int, alamat text);
create table pesantren_skor (pesantren_id uuid, skor_total int, kategori_kelayakan varchar(30));
create table santri_pribadi (
  id uuid primary key, nama varchar(200), nik varchar(16), jenis_kelamin char(1), provinsi varchar(100),
  kabupaten varchar(100), kecamatan varchar(100));
create table santri_skor (santri_id uuid, skor_total int, kategori_kemiskinan varchar(30));
create table pesantren_map (
  id uuid primary key, pesantren_id uuid unique, nama varchar(200), nsp varchar(50), skor_terakhir int,
  kategori_kelayakan varchar(30), lokasi geometry(Point, 4326), kabupaten varchar(100), provinsi varchar(100),
  jumlah_santri int, created_at timestamp default '2025-01-01', updated_at timestamp default '2025-01-01');
create table santri_map (
  id uuid primary key, santri_id uuid unique, nama varchar(200), skor_terakhir int, kategori_kemiskinan varchar(30),
  lokasi geometry(Point, 4326), pesantren_id uuid, kabupaten varchar(100), provinsi varchar(100),
  created_at timestamp default '2025-01-01', updated_at timestamp default '2025-01-01');
-- As such applications have it: every write is a change.
create function touch() returns trigger language plpgsql as $$ begin new.updated_at := '2030-01-01'; return new; end $$;
create trigger touch before update on santri_map for each row execute function touch();

insert into pondok_pesantren values
  ('00000000-0000-4000-8000-00000000a001', 'Pesantren Contoh A', 'N-1', 'Aceh', 'Kab. Aceh Barat', 120, 'x'),
  ('00000000-0000-4000-8000-00000000a002', 'Pesantren Contoh B', 'N-2', 'Jawa Barat', 'Kota Bogor', 80, 'y'),
  ('00000000-0000-4000-8000-00000000a003', 'Pesantren Contoh C', null, 'Jawa Barat', 'Kab. Bogor', null, null);
insert into pesantren_skor values
  ('00000000-0000-4000-8000-00000000a001', 85, 'sangat_layak'), ('00000000-0000-4000-8000-00000000a002', 45, 'cukup_layak');
insert into pesantren_map (id, pesantren_id, nama, nsp, skor_terakhir, kategori_kelayakan, lokasi, kabupaten, provinsi, jumlah_santri)
values
  ('00000000-0000-4000-8000-00000000b001', '00000000-0000-4000-8000-00000000a001', 'Pesantren Contoh A', 'N-1', 85, 'sangat_layak', st_setsrid(st_point(95.5, 4), 4326), 'Kab. Aceh Barat', 'Aceh', 120),
  ('00000000-0000-4000-8000-00000000b002', '00000000-0000-4000-8000-00000000a002', 'Pesantren Contoh B', 'N-2', 45, 'cukup_layak', st_setsrid(st_point(107.5, -7), 4326), 'Kota Bogor', 'Jawa Barat', 80),
  ('00000000-0000-4000-8000-00000000b003', '00000000-0000-4000-8000-00000000a003', 'Pesantren Contoh C', null, null, null, st_setsrid(st_point(106.5, -7), 4326), 'Kab. Bogor', 'Jawa Barat', null);

insert into santri_pribadi
select ('00000000-0000-4000-8000-' || lpad(to_hex(g), 12, '0'))::uuid, 'Santri ' || g, lpad(g::text, 16, '3'),
  case when g % 3 = 0 then 'P' else 'L' end,
  case when g % 4 < 2 then 'Aceh' else 'Jawa Barat' end,
  (array['Kab. Aceh Barat', 'Kab. Aceh Barat Daya', 'Kab. Bogor', 'Kota Bogor'])[g % 4 + 1], 'x'
from generate_series(1, 200) g;
insert into santri_skor
select id, (g * 37) % 101, (array['Sangat Miskin', 'Miskin', 'Rentan', 'Tidak Miskin'])[g % 4 + 1]
from (select id, row_number() over (order by id)::int g from santri_pribadi) p where g % 10 <> 0;
-- The last twenty lie in no region: ten have a name that is one's, ten have one of two.
insert into santri_map (id, santri_id, nama, skor_terakhir, kategori_kemiskinan, lokasi, pesantren_id, kabupaten, provinsi)
select ('00000000-0000-4000-9000-' || lpad(to_hex(g), 12, '0'))::uuid, p.id, p.nama, s.skor_total, s.kategori_kemiskinan,
  case when g > 180 then st_setsrid(st_point(100, 0), 4326)
    else st_setsrid(st_point((array[95.7, 97.1, 106.3, 107.7])[(g - 1) % 4 + 1], (array[3, 3, -7, -7])[(g - 1) % 4 + 1]), 4326) end,
  case when g % 5 = 0 then '00000000-0000-4000-8000-00000000a001'::uuid end,
  case when g > 190 then 'Bogor' when g > 180 then 'KAB. ACEH BARAT' else p.kabupaten end,
  case when g > 190 then 'Jawa Barat' when g > 180 then 'Aceh' else p.provinsi end
from (select p.*, row_number() over (order by id)::int g from santri_pribadi p) p left join santri_skor s on s.santri_id = p.id;
