-- Demo data of the United States: states, counties, unemployment rates and airports.
-- Real figures, public domain; data/SOURCES.md says from where. Run again at will: nothing is lost.
-- `npm run seed` runs this file and fills the tables.

create extension if not exists postgis;

-- Every relation of the demo is marked by its comment. One of the same name without it is somebody else's.
do $$
declare
  foreign_names text;
begin
  select string_agg(c.relname, ', ' order by c.relname) into foreign_names
  from pg_class c
  where c.relnamespace = 'public'::regnamespace
    and c.relname in ('us_states', 'us_counties', 'us_unemployment', 'us_airports',
                      'us_unemployment_cube', 'us_airports_cube')
    and coalesce(obj_description(c.oid, 'pg_class'), '') not like 'Chorograph demo:%';
  if foreign_names is not null then
    raise exception 'relations of the same name exist and are not the demo''s: %', foreign_names
      using errcode = 'duplicate_table', hint = 'Load the demo into another database.';
  end if;
end
$$;

create table if not exists public.us_states (
  code text primary key check (code ~ '^\d{2}$'),
  id   integer not null unique,
  name text not null,
  geom geometry(MultiPolygon, 4326) not null
);
comment on table public.us_states is
  'Chorograph demo: states, the District of Columbia and island areas of the United States, generalised boundaries of 2017 (U.S. Census Bureau, public domain)';
comment on column public.us_states.code is 'FIPS state code, two digits';
comment on column public.us_states.id is 'The code as a number, for feature ids in tiles';
comment on column public.us_states.name is 'Name of the state';
comment on column public.us_states.geom is 'Area, made from the counties, so that their borders agree';

create table if not exists public.us_counties (
  code       text primary key check (code ~ '^\d{5}$'),
  id         integer not null unique,
  name       text not null,
  state_code text not null references public.us_states (code),
  geom       geometry(MultiPolygon, 4326) not null
);
comment on table public.us_counties is
  'Chorograph demo: counties and equivalents of the United States, generalised boundaries of 2017 (U.S. Census Bureau, public domain)';
comment on column public.us_counties.code is 'FIPS county code, five digits: state and county';
comment on column public.us_counties.id is 'The code as a number, for feature ids in tiles';
comment on column public.us_counties.name is 'Name without "County"; unique only within a state';
comment on column public.us_counties.state_code is 'FIPS code of the state it belongs to';
comment on column public.us_counties.geom is 'Area, generalised for scales about 1:10,000,000';

create table if not exists public.us_unemployment (
  code text primary key check (code ~ '^\d{5}$'),
  rate numeric(4, 1) not null check (rate between 0 and 100)
);
comment on table public.us_unemployment is
  'Chorograph demo: unemployment rate by county in 2009 (Bureau of Labor Statistics, public domain); a few codes are of counties that the boundaries no longer have';
comment on column public.us_unemployment.code is 'FIPS county code as of 2009';
comment on column public.us_unemployment.rate is 'Unemployed persons as percent of the labour force';

create table if not exists public.us_airports (
  id          integer primary key,
  iata        text not null unique,
  name        text not null,
  city        text,
  state       text,
  county_code text references public.us_counties (code),
  geom        geometry(Point, 4326) not null
);
comment on table public.us_airports is
  'Chorograph demo: airports of the United States (Federal Aviation Administration, public domain)';
comment on column public.us_airports.id is 'Number in the order of the codes, for feature ids in tiles';
comment on column public.us_airports.iata is 'Location identifier: IATA where there is one, else that of the FAA';
comment on column public.us_airports.name is 'Name of the airport';
comment on column public.us_airports.city is 'Place it serves; unknown for a few';
comment on column public.us_airports.state is 'Postal code of the state; unknown for a few';
comment on column public.us_airports.county_code is 'County whose generalised area holds it; NULL for some on the shore';
comment on column public.us_airports.geom is 'Reference point of the airport';

create index if not exists us_states_geom_idx on public.us_states using gist (geom);
create index if not exists us_counties_geom_idx on public.us_counties using gist (geom);
create index if not exists us_counties_state_code_idx on public.us_counties (state_code);
create index if not exists us_airports_geom_idx on public.us_airports using gist (geom);
create index if not exists us_airports_county_code_idx on public.us_airports (county_code);

-- A county without a figure has no row here: it is "no data", never 0.
create materialized view if not exists public.us_unemployment_cube as
select c.code, u.rate
from public.us_counties c
join public.us_unemployment u using (code);
comment on materialized view public.us_unemployment_cube is
  'Chorograph demo: published unemployment rate per county; rates do not add up to a state';
create unique index if not exists us_unemployment_cube_key on public.us_unemployment_cube (code);

-- A county without an airport does have a count: 0.
create materialized view if not exists public.us_airports_cube as
select c.code, count(a.id)::integer as n
from public.us_counties c
left join public.us_airports a on a.county_code = c.code
group by c.code;
comment on materialized view public.us_airports_cube is 'Chorograph demo: number of airports per county';
create unique index if not exists us_airports_cube_key on public.us_airports_cube (code);
