import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportSPKI, importJWK, type CryptoKey } from 'jose';
import { accessCommand } from '../../server/access/command.ts';
import { inRole } from '../../server/db/connections/role.ts';
import { sql } from '../../server/db/sql.ts';
import type { Database } from '../../server/db/types.ts';
import { rowRoleOf, scopesOf } from '../../server/security/tokens/claims.ts';
import { readMaps } from '../../server/maps.ts';
import { readConfig } from '../../server/config.ts';
import {
  newServer,
  once,
  onPostgres,
  serve,
  untilFileEnds,
  type TestServer,
} from '../support/environment.ts';
import { runCommand } from '../support/commands.ts';
import { eventually } from '../support/eventually.ts';
import { ask, textOf, type Answered } from './support.ts';
import { AUDIENCE, newIssuer, newKey, type Issuer } from './issuer.ts';

/** Roles are the whole cluster's. */
const [TENANT, STRANGER] = [`cg_tenant_${process.pid}`, `cg_stranger_${process.pid}`];

/** Rows of two tenants in the same tables; policies tell them apart by a claim, for the one role of both. */
const SQL = `
  create role ${TENANT}; create role ${STRANGER};
  create table homes (id int primary key, tenant text, name text, geom geometry(point, 4326));
  insert into homes values (1, 'a', 'rahasia a', 'SRID=4326;POINT(10 10)'), (2, 'a', 'rahasia a two', 'SRID=4326;POINT(11 11)'),
    (3, 'b', 'rahasia b', 'SRID=4326;POINT(50 50)');
  create table areas (code text primary key, name text, tenant text, geom geometry(polygon, 4326));
  insert into areas select t || n, 'rahasia ' || t || ' ' || n, t, st_makeenvelope(n * 5, 0, n * 5 + 5, 5, 4326)
    from generate_series(1, 5) n, unnest(array['a', 'b']) t;
  create table figures (code text primary key, n int, m int, tenant text);
  insert into figures select code, case tenant when 'a' then 1 else -1 end * right(code, 1)::int + 10, 9, tenant from areas;
  create table open_spots (id int primary key, name text, geom geometry(point, 4326));
  insert into open_spots values (1, 'open spot', 'SRID=4326;POINT(10 10)');
  ${['homes', 'areas', 'figures']
    .map(
      (table) => `
  alter table ${table} enable row level security;
  create policy by_claim on ${table} to ${TENANT}
    using (tenant = current_setting('request.jwt.claims', true)::json ->> 'tenant');
  grant select on ${table} to ${TENANT};`,
    )
    .join('')}
`;

const MAPS = `
tokens:
  scopes:
    - { claim: groups, has: staff, gives: [scope:staff] }
    - { claim: realm.roles, has: root, gives: [admin] }
  role: { claim: db_role, of: [${TENANT}, ${STRANGER}, cg_nobody], claims: [tenant] }
layers:
  row-homes: { table: public.homes, access: role }
  row-areas: { table: public.areas, access: role }
  staff-spots: { table: public.open_spots, access: scope:staff }
  open-spots: { table: public.open_spots }
regions: { areas: { table: public.areas, code: code, name: name } }
choropleths:
  row-figures:
    regions: areas
    access: role
    cube: { view: public.figures, region: code }
    metrics: { n: { sum: n }, m: { sum: m }, share: { ratio: [n, m] } }
`;

once('JSON Web Tokens', function () {
  let issuer: Issuer;
  let server: TestServer;
  const bearer = (token: string): Record<string, string> => ({ Authorization: `Bearer ${token}` });
  const codeOf = ({ body }: Answered): string => (JSON.parse(body.toString()) as { code: string }).code;
  const withRole = async (tenant: string, role = TENANT): Promise<Record<string, string>> =>
    bearer(await issuer.token({ sub: `user of ${tenant}`, tenant, db_role: role }));

  before(async () => {
    issuer = await newIssuer();
    const environment = { CHOROGRAPH_JWT_ISSUER: issuer.url, CHOROGRAPH_JWT_AUDIENCE: AUDIENCE };
    server = await newServer({ sql: SQL, maps: readMaps(MAPS), environment });
  });

  // Those of PostgreSQL would outlive the database; those of the embedded one would be there for the next test.
  after(() => server.run(`drop owned by ${TENANT}, ${STRANGER}; drop role ${TENANT}; drop role ${STRANGER}`));

  describe('of an issuer', () => {
    const url = () => `${server.url}/tiles/staff-spots.json`;
    const staff = { groups: ['others', 'staff'] };

    it('open what their claims are mapped to', async () => {
      assert.equal((await ask(url(), bearer(await issuer.token(staff)))).status, 200);
      assert.equal(
        (await ask(url(), bearer(await issuer.token({ realm: { roles: ['root'] } })))).status,
        200,
      );
      for (const claims of [{}, { groups: 'staffs' }, { groups: { staff: true } }, { realm: 'root' }]) {
        const answer = await ask(url(), bearer(await issuer.token(claims)));
        assert.equal(answer.status, 404, JSON.stringify(claims));
      }
    });

    it('are refused where they are not for us, not of this moment, or not of theirs', async () => {
      const now = Math.floor(Date.now() / 1000);
      const stranger = await newKey('first');
      const good = await issuer.token(staff);
      const [head = '', body = '', signature = ''] = good.split('.');
      const other = Buffer.from(
        JSON.stringify({ ...staff, sub: 'x', iss: issuer.url, aud: AUDIENCE, exp: now + 60 }),
      );
      const header = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      // Who takes the public key for a shared secret would believe this one.
      const { jwk } = issuer.state.keys[0]!;
      const spki = await exportSPKI((await importJWK(jwk, 'ES256', { extractable: true })) as CryptoKey);
      const confused = `${header({ alg: 'HS256', kid: 'first' })}.${body}`;
      const mac = createHmac('sha256', spki).update(confused).digest('base64url');
      const bad: [string, string][] = [
        ['expired', await issuer.token({ ...staff, exp: now - 31 })],
        ['never ends', await issuer.token({ ...staff, exp: undefined })],
        ['not yet', await issuer.token({ ...staff, nbf: now + 60 })],
        ['of another issuer', await issuer.token({ ...staff, iss: 'https://other.example' })],
        ['for somebody else', await issuer.token({ ...staff, aud: 'https://other.example' })],
        ['of nobody', await issuer.token({ ...staff, sub: undefined })],
        ['by another key of that name', await issuer.token(staff, stranger)],
        ['by a key that is not there', await issuer.token(staff, await newKey('second'))],
        ['changed', `${head}.${other.toString('base64url')}.${signature}`],
        ['without a signature', `${header({ alg: 'none' })}.${body}.AAAA`],
        ['by the public key', `${confused}.${mac}`],
        ['no token', 'a.b.c'],
      ];
      for (const [what, token] of bad) {
        const answer = await ask(url(), bearer(token));
        assert.deepEqual([answer.status, codeOf(answer)], [401, 'token_refused'], what);
        // In the words for what is not there, and what is public is answered.
        const missing = await ask(`${server.url}/tiles/nowhere.json`, bearer(token));
        assert.equal(textOf(missing), textOf(answer), what);
        assert.equal((await ask(`${server.url}/tiles/open-spots.json`, bearer(token))).status, 200, what);
      }
      // Clocks differ a little.
      assert.equal((await ask(url(), bearer(await issuer.token({ ...staff, exp: now - 10 })))).status, 200);
      const refused = await server.api.post('/gis/choropleth/refresh').set(bearer('a.b.c')).expect(401);
      assert.match(refused.headers['www-authenticate'] as string, /invalid_token/);
    });

    it('sign no URLs, which would outlive them', async () => {
      const token = await issuer.token({ realm: { roles: ['root'] } });
      await server.api
        .post('/signatures')
        .set(bearer(token))
        .send({ patterns: ['*'] })
        .expect(403);
    });

    it('are not told what PostgreSQL said of a refresh, where they may do nothing with it', async () => {
      const [run] = await server.run<{ id: string }>(
        `insert into chorograph.refresh_run (view, trigger, instance, status, error_code, error)
         values ('public.open_cube', 'api', 'x', 'failed', 'layer_query_failed', 'rahasia a') returning id::text`,
      );
      const told = async (claims: object): Promise<string> =>
        (
          await ask(`${server.url}/refreshes/${run?.id}`, bearer(await issuer.token(claims as typeof staff)))
        ).body.toString();
      assert.match(await told({ realm: { roles: ['root'] } }), /rahasia a/);
      for (const claims of [{}, staff]) assert.doesNotMatch(await told(claims), /rahasia a/);
    });

    it('go on where the issuer changes its keys', async () => {
      const [old] = issuer.state.keys;
      const next = await newKey('next', 'RS256');
      issuer.state.keys = [next];
      const token = await issuer.token(staff, next);
      await eventually(async () => (await ask(url(), bearer(token))).status === 200);
      await eventually(async () => (await ask(url(), bearer(await issuer.token(staff, old)))).status === 401);
      issuer.state.keys = [old!];
      await eventually(async () => (await ask(url(), bearer(await issuer.token(staff)))).status === 200);
    });

    it('are not believed while the issuer cannot be asked', async () => {
      const away = await newIssuer();
      away.state.isAway = true;
      const environment = {
        ...{ CHOROGRAPH_JWT_ISSUER: away.url, CHOROGRAPH_JWT_AUDIENCE: AUDIENCE },
        CHOROGRAPH_JWT_JWKS_URL: `${away.url}/keys`,
      };
      const other = await serve(
        { ...server.environment, ...environment },
        { maps: readMaps(MAPS) },
        untilFileEnds,
        server.opened,
      );
      const asked = async (path: string): Promise<Answered> =>
        ask(other.url + path, bearer(await away.token(staff)));
      for (const path of ['/tiles/staff-spots.json', '/tiles/nowhere.json'])
        assert.deepEqual(
          [(await asked(path)).status, codeOf(await asked(path))],
          [503, 'tokens_unverifiable'],
        );
      assert.equal((await asked('/tiles/open-spots.json')).status, 200);
      away.state.isAway = false;
      await eventually(async () => (await asked('/tiles/staff-spots.json')).status === 200);
    });

    it('are held against a configuration that is whole', () => {
      const wrong = (environment: Record<string, string>, what: RegExp): void =>
        assert.throws(() => readConfig(environment), what);
      wrong({ CHOROGRAPH_JWT_ISSUER: 'https://x.example' }, /needs CHOROGRAPH_JWT_AUDIENCE/);
      wrong({ CHOROGRAPH_JWT_AUDIENCE: 'x' }, /needs CHOROGRAPH_JWT_ISSUER/);
      for (const algorithm of ['HS256', 'none', 'RS256,HS512'])
        wrong({ CHOROGRAPH_JWT_ALGORITHMS: algorithm }, /CHOROGRAPH_JWT_ALGORITHMS must be of RS256/);
      wrong({ CHOROGRAPH_JWT_ISSUER: 'http://x.example', CHOROGRAPH_JWT_AUDIENCE: 'x' }, /https/);
    });
  });

  describe('with a role of the database', () => {
    const paths = async (): Promise<string[]> => {
      interface Described {
        get?: { parameters: { name: string; in: string; required: boolean }[] };
      }
      const { paths } = (await server.api.get('/openapi.json').expect(200)).body as {
        paths: Record<string, Described>;
      };
      return Object.entries(paths).flatMap(([path, { get }]) => {
        if (!get || !/\{layers?\}|choropleth\/\{id\}/.test(path)) return [];
        const search = get.parameters.some(({ name, required }) => name === 'vars' && required)
          ? '?vars=n,m'
          : '';
        if (path.endsWith('smooth.json')) return ['/gis/choropleth/row-figures/smooth.json?metric=share'];
        const width = get.parameters.some(({ name }) => name === 'width') ? '?width=200&height=150' : '';
        const named = path
          .replace(/\{layers?\}/, 'row-homes')
          .replace(/choropleth\/\{id\}/, 'choropleth/row-figures');
        return [
          named
            .replace(/\{[zxy]\}/g, '0')
            .replace('{format}', 'mvt')
            .replace('{id}', '1') + (search || width),
        ];
      });
    };

    it('show the rows of its policies in every form, whoever asked before, and nobody else’s', async () => {
      const [a, b] = [await withRole('a'), await withRole('b')];
      const all = await paths();
      assert.ok(all.length > 15, all.join());
      const differing: string[] = [];
      for (const path of all) {
        const url = server.url + path;
        const [ofA, ofB, ofNobody] = await Promise.all([ask(url, a), ask(url, b), ask(url)]);
        const again = await ask(url, a);
        if (ofA.status === 401 || ofA.status === 403) continue; // for keys of a scope
        assert.equal(ofA.status, 200, `${path} ${ofA.body.toString()}`);
        assert.equal(textOf(again), textOf(ofA), path);
        assert.equal(ofA.caching, 'private, no-cache', path);
        assert.match(ofA.vary, /Authorization/, path);
        assert.doesNotMatch(ofA.body.toString('latin1'), /rahasia b|"b[1-5]"/, path);
        assert.doesNotMatch(ofB.body.toString('latin1'), /rahasia a|"a[1-5]"/, path);
        if (!ofA.body.equals(ofB.body)) differing.push(path.replace(/\?.*/, ''));
        const missing = await ask(url.replace(/row-(homes|figures)/, 'nothing'));
        assert.deepEqual([ofNobody.status, missing.status], [404, 404], path);
        // A tag of one does not tell that another has the same.
        const known = await ask(url, { ...b, 'If-None-Match': ofA.etag ?? '*' });
        assert.equal(known.status, ofA.etag !== null && ofA.etag === ofB.etag ? 304 : ofB.status, path);
      }
      for (const form of [
        '',
        '/values.json',
        '/values.csv',
        '/classes.json',
        '/table.html',
        '/legend.json',
        '/map.png',
      ])
        assert.ok(differing.includes(`/gis/choropleth/row-figures${form}`), form);
      for (const path of ['/features/row-homes', '/tiles/row-homes.json', '/tiles/row-homes/0/0/0.mvt'])
        assert.ok(differing.includes(path), path);
    });

    it('have tiles, composites and single features of these rows', async () => {
      const [a, b] = [await withRole('a'), await withRole('b')];
      for (const path of ['/tiles/row-homes/0/0/0.mvt', '/tiles/open-spots,row-homes/0/0/0.mvt']) {
        const tiles = await Promise.all([a, b, a].map((who) => ask(server.url + path, who)));
        const texts = tiles.map(({ body }) => [...new Set(body.toString('latin1').match(/rahasia \w/g))]);
        assert.deepEqual(texts, [['rahasia a'], ['rahasia b'], ['rahasia a']], path);
        assert.equal((await ask(server.url + path)).status, 404);
      }
      const one = (who: Record<string, string>) => ask(`${server.url}/features/row-homes/1`, who);
      assert.deepEqual([(await one(a)).status, codeOf(await one(b))], [200, 'feature_not_found']);
      // A claim that no policy looks for, and none at all.
      assert.equal((await one(await withRole('c'))).status, 404);
      assert.equal((await ask(`${server.url}/tiles/row-homes.json`, a)).body.includes('g='), false);
    });

    it('are in lists for those who have one, and found, told and counted for nobody', async () => {
      const a = await withRole('a');
      const lists = ['/tiles', '/gis/choropleth'];
      for (const path of lists) {
        assert.match((await ask(server.url + path, a)).body.toString(), /row-(homes|figures)/, path);
        assert.doesNotMatch((await ask(server.url + path)).body.toString(), /row-/, path);
      }
      for (const path of ['/search?q=rahasia', '/search/suggest?q=rahasia', '/refreshes', '/gemini/health'])
        for (const who of [a, {}])
          assert.doesNotMatch((await ask(server.url + path, who)).body.toString(), /rahasia [ab]|row-/, path);
      const kept = await server.run(
        `select title from chorograph.search_document where title like '%rahasia%'`,
      );
      assert.deepEqual(kept, []);
      for (const path of ['/metrics', '/health'])
        assert.doesNotMatch(
          (await ask(server.url + path, { 'X-Forwarded-For': '203.0.113.9' })).body.toString(),
          /rahasia|row-(homes|areas|figures)/,
          path,
        );
    });

    it('are refused where it is none that maps.yaml lists, or that may read or be taken on', async () => {
      const asked = async (role: string) =>
        ask(`${server.url}/features/row-homes`, await withRole('a', role));
      for (const role of ['postgres', 'pg_read_all_data', `${TENANT} `])
        assert.equal((await asked(role)).status, 404, role);
      for (const role of [STRANGER, 'cg_nobody'])
        assert.deepEqual(
          [(await asked(role)).status, codeOf(await asked(role))],
          [403, 'role_refused'],
          role,
        );
      for (const token of [
        { db_role: [TENANT, STRANGER] },
        { db_role: { name: TENANT } },
        { role: TENANT },
      ]) {
        const answer = await ask(`${server.url}/features/row-homes`, bearer(await issuer.token(token)));
        assert.equal(answer.status, 404, JSON.stringify(token));
      }
    });

    it('are told of by the command where they would show more than they seem to, or nothing', async () => {
      await server.run(
        `create or replace view all_homes as select * from homes; grant select on all_homes to ${TENANT}`,
      );
      const maps = MAPS.replace('layers:', 'layers:\n  all-homes: { table: public.all_homes, access: role }');
      const folder = await mkdtemp(join(tmpdir(), 'chorograph-roles-'));
      const file = join(folder, 'maps.yaml');
      await writeFile(file, maps);
      const lines = await runCommand(accessCommand, [], server, file);
      await rm(folder, { recursive: true });
      process.exitCode = undefined;
      const told = lines.filter((line) => /^(role cg_|choropleth|[\w-]+:.*row-level)/.test(line));
      assert.deepEqual(told, [
        'all-homes: public.all_homes has no row-level security, so each role that may read it sees all rows',
        'role cg_nobody: there is none in the database',
      ]);
    });

    it('end with each query: what is asked next is asked as the server', async () => {
      const [before] = await server.run<{ name: string }>('select current_user as name');
      await ask(`${server.url}/features/row-homes`, await withRole('a'));
      const [after] = await server.run<{ name: string; claims: string | null }>(
        `select current_user as name, nullif(current_setting('request.jwt.claims', true), '') as claims`,
      );
      assert.deepEqual(after, { ...before, claims: null });
    });
  });

  onPostgres('where PostGIS makes the tiles', () => {
    it('show the rows of its policies, by functions and where there would be cells or copies too', async () => {
      const role = TENANT;
      await server.run(`
        create or replace function made(z int, x int, y int) returns bytea stable language sql as
          $$ select st_asmvt(t, 'made') from (select name, st_asmvtgeom(st_transform(geom, 3857), st_tileenvelope(z, x, y)) g from homes) t $$;
        drop table if exists many;
        create table many (id int primary key, tenant text, name text, geom geometry(point, 4326));
        insert into many select i, t, 'rahasia ' || t, st_point(i, 10, 4326)
          from generate_series(1, 8) i cross join lateral (select case when i % 2 = 0 then 'a' else 'b' end) s(t);
        alter table many enable row level security;
        create policy by_claim on many to ${role} using (tenant = current_setting('request.jwt.claims', true)::json ->> 'tenant');
        grant select on many to ${role}; grant execute on function made to ${role}`);
      const maps = `${MAPS.replace(
        'layers:',
        `layers:
  made: { function: public.made, access: role }
  many: { table: public.many, access: role, pyramid: { below: 8, countBy: name } }`,
      )}`;
      const environment = { ...server.environment, CHOROGRAPH_MEMORY_VERTICES: '0' };
      const other = await serve(environment, { maps: readMaps(maps) }, untilFileEnds);
      await other.ctx.pyramids.settled();
      const [a, b] = [await withRole('a'), await withRole('b')];
      for (const layer of ['row-homes', 'made', 'many', 'many,open-spots,row-homes'])
        for (const [who, own] of [
          ['a', a],
          ['b', b],
          ['a', a],
        ] as const) {
          const tile = await ask(`${other.url}/tiles/${layer}/0/0/0.mvt`, own);
          const told = [...new Set(tile.body.toString('latin1').match(/rahasia \w/g))];
          assert.deepEqual([tile.status, told], [200, [`rahasia ${who}`]], `${layer} ${who}`);
          assert.equal((await ask(`${other.url}/tiles/${layer}/0/0/0.mvt`)).status, 404);
        }
      const { catalog, pyramids } = other.ctx;
      assert.deepEqual(
        catalog
          .all()
          .map((layer) => pyramids.of(layer))
          .filter(Boolean),
        [],
      );
    });
  });

  onPostgres('of a server whose role was not granted another', () => {
    it('take none on', async () => {
      const { db } = server.ctx;
      /** As it is for who is no superuser. */
      const limited: Database = Object.assign(Object.create(db) as Database, {
        transaction: <T>(work: Parameters<Database['transaction']>[0]) =>
          db.transaction(async (tx) => {
            await tx.run(sql`select set_config('session_authorization', ${STRANGER}, true)`);
            return work(tx) as Promise<T>;
          }),
      });
      await assert.rejects(inRole(limited, { role: TENANT, claims: '{}' }).run(sql`select 1`), {
        code: 'role_refused',
      });
    });
  });

  it('mean what maps.yaml says and no more', () => {
    const { tokens } = readMaps(MAPS);
    assert.deepEqual(scopesOf({ groups: ['staff', 'staff'] }, tokens), ['scope:staff']);
    assert.deepEqual(scopesOf({ 'realm.roles': 'root', realm: { roles: ['x'] } }, tokens), ['admin']);
    for (const claims of [{ groups: 'staff x' }, { groups: ['Staff'] }, { __proto__: { groups: 'staff' } }])
      assert.deepEqual(scopesOf(claims, tokens), []);
    const words = readMaps('tokens: { scopes: [{ claim: scope, has: maps, gives: [search] }] }').tokens;
    assert.deepEqual(scopesOf({ scope: 'openid maps' }, words), ['search']);
    const role = rowRoleOf({ sub: 'x', db_role: TENANT, tenant: 'a', jti: '1', exp: 5 }, tokens);
    assert.deepEqual(JSON.parse(role?.claims ?? ''), { sub: 'x', tenant: 'a', role: TENANT });
    assert.equal(rowRoleOf({ db_role: TENANT }, undefined), undefined);
    for (const wrong of ['{ claim: x, gives: [] }', '{ claim: x, gives: [nothing] }', '{ gives: [admin] }'])
      assert.throws(() => readMaps(`tokens: { scopes: [${wrong}] }`), /tokens/);
    assert.throws(() => readMaps(`tokens: { role: { claim: x, of: ['a b'] } }`), /tokens/);
  });
});
