import assert from 'node:assert/strict';
import { linesFor, personalData } from '../../server/access/personal.ts';
import { advice, undecided } from '../../server/access/undecided.ts';
import { Catalog } from '../../server/catalog/catalog.ts';
import type { TableLayer } from '../../server/catalog/types.ts';
import { readMaps } from '../../server/maps.ts';
import { fits, ruled } from '../../server/sight/access.ts';
import { maySee, PUBLIC, RequestSight } from '../../server/sight/sight.ts';
import { newServer, type TestServer } from '../support/environment.ts';
import { ask } from './support.ts';

const SQL = `
  create schema hr;
  create table hr.staff_homes (id int primary key, name text, "birthDate" date, email text, salary numeric, has_phone boolean,
    geom geometry(point, 4326));
  insert into hr.staff_homes values (1, 'x', '2000-01-01', 'x@example.org', 1, true, 'SRID=4326;POINT(1 1)');
  create table airports (id int primary key, name text, iata text, elevation int, geom geometry(point, 4326));
  insert into airports values (1, 'one', 'ONE', 5, 'SRID=4326;POINT(1 1)');`;

describe('publishing', function () {
  let server: TestServer;
  before(async () => {
    server = await newServer({ sql: SQL, environment: { CHOROGRAPH_SCHEMAS: 'public,hr' } });
  });

  const catalogue = () => server.ctx.catalog;
  const found = (yaml: string) => undecided({ catalog: catalogue(), maps: readMaps(yaml) });

  it('lists what looks like data about persons until it is decided', async () => {
    const [one, ...others] = found('');
    assert.deepEqual(others, []);
    assert.equal(one?.relation, 'hr.staff_homes');
    assert.deepEqual(one.signs, [
      'name of a person (name)',
      'date of birth (birthDate)',
      'e-mail (email)',
      'income (salary)',
      'where persons are',
    ]);
    const told = (await ask(`${server.url}/health`)).body.toString();
    assert.match(told, /"publishing":\{"status":"ok","detail":[^}]*staff_homes/);
    const stranger = await ask(`${server.url}/health`, { 'X-Forwarded-For': '203.0.113.9' });
    assert.doesNotMatch(stranger.body.toString(), /staff_homes|persons/);
  });

  it('gives lines that close it, as they stand', () => {
    const text = advice(found(''), readMaps(''));
    const lines = text.split('\n').filter((line) => /^(layers:| {2}\S)/.test(line));
    const maps = readMaps(lines.join('\n'));
    const [entry] = Object.entries(maps.layers);
    assert.equal(entry?.[1].access, 'key');
    assert.equal(entry[1].table, 'hr.staff_homes');
    const odd = linesFor({ layer: '_a.b c', relation: 'x."a.b"', signs: [], columns: [] }, false);
    assert.equal(Object.keys(readMaps(`layers:\n${odd}`).layers)[0], 'a-b-c');
  });

  it('is decided by an entry, a pattern or for all', () => {
    const { layer } = found('')[0]!;
    for (const yaml of [
      'publish: all',
      'publish: listed',
      `access: { 'hr.*': public }`,
      `access: { '${layer}': key }`,
    ])
      assert.deepEqual(found(yaml), [], yaml);
  });

  it('of what is listed alone leaves out the rest', async () => {
    const { ctx } = server;
    const maps = readMaps('publish: listed\nlayers: { flights: { table: public.airports } }');
    const { schemas, defaultSrid } = ctx.config;
    const catalog = new Catalog(ctx.db, maps, { schemas, defaultSrid }, () => {});
    await catalog.reload();
    assert.deepEqual(
      catalog.seen(PUBLIC).map(({ id }) => id),
      ['flights'],
    );
    const admin = new RequestSight({ id: 'k', scopes: ['admin'] });
    const [hidden] = catalog.all().filter(({ schema }) => schema === 'hr');
    assert.throws(() => catalog.layer(hidden!.id, admin), { code: 'layer_not_found' });
    assert.equal(catalog.layer('airports').id, 'flights');
  });

  it('sees no persons where there are none', () => {
    const layer = catalogue().tableLayer('airports') as TableLayer;
    assert.equal(personalData(layer), undefined);
  });
});

describe('access', () => {
  it('goes by patterns, the first that fits', () => {
    for (const [pattern, name, is] of [
      ['a*', 'abc', true],
      ['*c', 'abc', true],
      ['a*b*c', 'a-b-b-c', true],
      ['a*b*c', 'a-c-b', false],
      ['abc', 'abcd', false],
      ['*', '', true],
      ['', 'a', false],
      ['hr.*', 'hrx', false],
    ] as const)
      assert.equal(fits(pattern, name), is, `${pattern} ${name}`);
    assert.ok(!fits('*a'.repeat(40), 'a'.repeat(5000) + 'b')); // in time that grows with the lengths alone
    assert.equal(ruled({ 'a-*': 'public', '*': 'nobody' }, ['a-b']), 'public');
    assert.equal(ruled({ 'a-*': 'public', '*': 'nobody' }, ['b']), 'nobody');
  });

  it('is what a key has', () => {
    const viewer = (...scopes: string[]) => ({ id: 'k', scopes });
    const table: [ReturnType<typeof viewer> | undefined, Parameters<typeof maySee>[1], boolean][] = [
      [undefined, undefined, true],
      [undefined, 'key', false],
      [viewer(), 'key', true],
      [viewer(), 'scope:hr', false],
      [viewer('scope:hr'), 'scope:hr', true],
      [viewer('scope:hrx'), 'scope:hr', false],
      [viewer('personal'), 'scope:personal', true],
      [viewer('admin'), 'scope:hr', true],
      [viewer('admin'), 'nobody', false],
      [viewer('read:x*'), 'scope:hr', true],
      [viewer('read:y*'), 'scope:hr', false],
      [viewer('read:*'), 'nobody', false],
    ];
    for (const [who, access, is] of table)
      assert.equal(maySee(who, access, 'x1'), is, JSON.stringify([who, access]));
    assert.equal(maySee({ ...viewer('admin'), only: ['y*'] }, 'key', 'x1'), false);
  });
});
