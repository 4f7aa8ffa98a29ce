import assert from 'node:assert/strict';
import { readMaps } from '../../server/maps.ts';
import { rediscover } from '../../server/watch.ts';
import { newServer } from '../support/environment.ts';

const SQL = `
  create table public.provinces (code text primary key, name text, geom geometry(Point, 4326));
  insert into public.provinces values ('32', 'Jawa Barat', st_point(107, -7));
  create table public.districts (code text primary key, name text, province text, geom geometry(Point, 4326));
  insert into public.districts values ('3271', 'Kota Bogor', '32', st_point(106.8, -6.6));
  create table public.schools (id int primary key, name text, patron text, geom geometry(Point, 4326));
  insert into public.schools values (1, 'Sekolah Bogor', 'Ibu Rahasia', st_point(106.8, -6.6));
  create table public.halls (id int primary key, name text, geom geometry(Point, 4326));
  insert into public.halls values (1, 'Balai Bogor', st_point(106.8, -6.6));`;
const MAPS = `
regions:
  provinces: { table: public.provinces, code: code, name: name }
  districts: { table: public.districts, code: code, name: name, parent: { set: provinces, column: province } }
search:
  schools: { table: public.schools, title: name, context: [patron] }
`;

describe('what maps.yaml withholds', () => {
  it('is shown in no hit from then on, also while the index is the one of before', async () => {
    const { api, ctx } = await newServer({
      sql: SQL,
      maps: MAPS,
      environment: { CHOROGRAPH_SEARCH_PER_MINUTE: '100000' },
    });
    const titles = async (q: string, kinds = 'region,feature'): Promise<string[]> => {
      const { text } = await api.get('/search').query({ q, kinds }).expect(200);
      const { hits } = JSON.parse(text) as { hits: { title: string; parents: string[] }[] };
      return hits.map(({ title, parents }) => [title, ...parents].join(', ')).sort();
    };
    const all = ['Balai Bogor', 'Kota Bogor, Jawa Barat', 'Sekolah Bogor, Ibu Rahasia'];
    assert.deepEqual(await titles('bogor'), all);
    assert.deepEqual(await titles('patron', 'layer'), ['schools']);
    // It is not built again: what is shown is decided when it is asked.
    ctx.searching.stop();
    for (const [closing, left] of [
      ['layers: { schools: { table: public.schools, withhold: [patron] } }', all.slice(0, 2)],
      [
        'layers: { provinces: { table: public.provinces, withhold: [name] } }',
        ['Balai Bogor', 'Sekolah Bogor, Ibu Rahasia'],
      ],
      [
        'layers: { provinces: { table: public.provinces, access: key } }',
        ['Balai Bogor', 'Sekolah Bogor, Ibu Rahasia'],
      ],
      ['layers: { halls: { table: public.halls, access: nobody } }', all.slice(1)],
      ['', all],
    ] as const) {
      ctx.liveMaps.use(readMaps(`${MAPS}${closing}\n`));
      await rediscover(ctx);
      assert.deepEqual(await titles('bogor'), left, closing);
      const isNamed = left.some((line) => line.includes('Rahasia'));
      assert.equal((await titles('ibu rahasia')).length > 0, isNamed, closing);
      // That a layer is found by the name of a column tells that there is one.
      assert.deepEqual(await titles('patron', 'layer'), closing.includes('[patron]') ? [] : ['schools']);
    }
  });
});
