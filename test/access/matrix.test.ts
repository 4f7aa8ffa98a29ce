import assert from 'node:assert/strict';
import { figuresOf } from '../../server/ask/tools/figures.ts';
import { runTool } from '../../server/ask/tools/run.ts';
import { relationName } from '../../server/catalog/types.ts';
import { Answers } from '../../server/choropleth/public.ts';
import { createKey, revokeKey } from '../../server/security/keys.ts';
import { RedisServer, redisInstalled } from '../http/cache/redis-server.ts';
import { backend, newServer, once, serve, untilFileEnds, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { AUDIENCE, newIssuer } from './issuer.ts';
import { ask, tenantsMaps, TENANTS_SQL, textOf, type Answered } from './support.ts';

/** What is asked for in the place of each parameter: what is open, what is each tenant's, and what is not there. */
const TARGETS = ['open', 'a', 'b', 'nobody'] as const;
type Target = (typeof TARGETS)[number];
const LAYERS: Record<Target, string[]> = {
  open: ['open_spots'],
  a: ['a_homes', 'open_spots,a_homes', 'a_nowhere'],
  b: ['b-homes', 'b_homes', 'b-areas'],
  nobody: ['x_homes'],
};
const CHOROPLETHS: Record<Target, string[]> = {
  open: ['open-figures'],
  a: ['a-figures'],
  b: ['b-figures'],
  nobody: ['x-figures'],
};
const FIXED: Readonly<Record<string, string>> = {
  z: '0',
  x: '0',
  y: '0',
  format: 'mvt',
  page: 'errors',
  id: '1',
};
const VALUES: Readonly<Record<string, string>> = { vars: 'n,m', q: 'rahasia' };
/** Small pictures show as much as large ones. */
const SMALL: Readonly<Record<string, string>> = { width: '64', height: '64' };
/** Streams; what changes by itself from one moment to the next, which is looked at for what it must not say. */
const APART = /^\/(events|health|metrics|refreshes|gemini)/;

interface Parameter {
  name: string;
  in: string;
  required: boolean;
}

interface Asked {
  target: Target;
  url: string;
  /** The same of what is not there. */
  instead: string;
}

/** Without the question, which is given back. */
const wordsOf = ({ body }: Answered): string => body.toString().replace(/"query":"[^"]*"/, '');

/**
 * Waits until servers over one database know it to be at the same: the counters of rows that were just written come a
 * little later than the rows, on the embedded database when its one session next has a moment.
 */
async function agree(...servers: TestServer[]): Promise<void> {
  const [first] = servers as [TestServer];
  const relations = first.ctx.catalog.all().map(relationName);
  await eventually(async () => {
    if (backend === 'embedded') await first.run('select pg_stat_force_next_flush()');
    for (const { ctx } of servers) await ctx.generations.pollAgain();
    const tokens = servers.map(({ ctx }) => relations.map((relation) => ctx.generations.of(relation)).join());
    return new Set(tokens).size === 1;
  });
}

once('who may see what', function () {
  this.timeout(300_000);
  let server: TestServer;
  /** The same database, and nothing is kept. */
  let plain: TestServer;
  let redis: RedisServer | undefined;
  let identities: Record<
    'none' | 'wrong' | 'revoked' | 'a' | 'b' | 'token a' | 'token b' | 'refresher',
    Record<string, string>
  >;
  let paths: Record<string, { get?: { parameters: Parameter[] }; post?: object }>;

  before(async () => {
    const issuer = await newIssuer();
    redis = redisInstalled ? await RedisServer.start() : undefined;
    untilFileEnds.push(async () => redis?.kill());
    const environment = {
      CHOROGRAPH_PUBLIC_URL: 'http://maps.example',
      ...{ CHOROGRAPH_JWT_ISSUER: issuer.url, CHOROGRAPH_JWT_AUDIENCE: AUDIENCE },
      CHOROGRAPH_REDIS_URL: redis?.url ?? '',
    };
    server = await newServer({ sql: TENANTS_SQL, maps: tenantsMaps(), environment });
    const { db } = server.ctx;
    plain = await serve(
      { ...server.environment, CHOROGRAPH_TILE_CACHE_MB: '0', CHOROGRAPH_REDIS_URL: '' },
      { maps: tenantsMaps() },
      untilFileEnds,
      server.opened,
    );
    await agree(server, plain);
    const a = await createKey(db, { name: 'a', scopes: ['scope:tenant-a'] });
    const b = await createKey(db, { name: 'b', scopes: ['read:b*', 'read:choropleth/b-*'] });
    const revoked = await createKey(db, { name: 'gone', scopes: ['admin'] });
    const refresher = await createKey(db, {
      name: 'r',
      scopes: ['refresh', 'read:b*', 'read:choropleth/b-*'],
    });
    await revokeKey(db, revoked.id);
    identities = {
      none: {},
      wrong: { 'X-API-Key': `cg_000000000000_${'a'.repeat(43)}` },
      revoked: { Authorization: `Bearer ${revoked.key}` },
      a: { Authorization: `Bearer ${a.key}` },
      b: { 'X-API-Key': b.key },
      'token a': { Authorization: `Bearer ${await issuer.token({ tenant: 'a' })}` },
      'token b': { Authorization: `Bearer ${await issuer.token({ tenant: 'b' })}` },
      refresher: { 'X-API-Key': refresher.key },
    };
    ({ paths } = (await server.api.get('/openapi.json').expect(200)).body as { paths: typeof paths });
  });

  const urls = (): Asked[] =>
    Object.entries(paths).flatMap(([path, { get }]) => {
      if (!get || APART.test(path)) return [];
      const query = get.parameters.filter(({ required, in: place }) => required && place === 'query');
      const sizes = get.parameters.filter(({ name }) => SMALL[name] !== undefined);
      const search = [...query, ...sizes]
        .map(({ name }) => `${name}=${VALUES[name] ?? SMALL[name] ?? ''}`)
        .join('&');
      const named = /\{layers?\}/.test(path)
        ? LAYERS
        : /choropleth\/\{id\}|\{choropleth\}|^\/oembed$/.test(path)
          ? CHOROPLETHS
          : undefined;
      const filled = (name: string): string =>
        path
          .replace(/\{layers?\}/, name)
          .replace(/choropleth\/\{id\}/, `choropleth/${name}`)
          .replace('{choropleth}', name)
          .replace(/\{(\w+)\}/g, (_, parameter: string) => FIXED[parameter] ?? 'x') +
        (search ? `?${search.replace(/\burl=/, `url=/embed/${name}`)}` : '');
      if (!named) return [{ target: 'open' as const, url: filled(''), instead: filled('') }];
      return TARGETS.filter((target) => target !== 'nobody').flatMap((target) =>
        named[target].map((name) => ({ target, url: filled(name), instead: filled(named.nobody[0]!) })),
      );
    });

  const both = async (url: string, headers: Record<string, string>): Promise<Answered> => {
    const [cached, made] = await Promise.all([ask(server.url + url, headers), ask(plain.url + url, headers)]);
    assert.equal(cached.status, made.status, url);
    assert.equal(textOf(cached), textOf(made), url);
    assert.equal(cached.caching, made.caching, url);
    return cached;
  };

  it('is the same on every route, whatever is kept and by whom it was asked before', async () => {
    const all = urls();
    assert.ok(all.length > 80, String(all.length));
    const seen = { opened: 0, refused: 0 };
    const statuses: Record<string, Promise<Answered>> = {};
    for (const { target, url, instead } of all) {
      const owner = target === 'b' ? 'b' : 'a';
      const mine = await both(url, identities[owner]);
      const isClosed = target === 'a' || target === 'b';
      if (isClosed && mine.status < 300) {
        seen.opened++;
        assert.match(mine.caching, /^private, (no-cache|no-store)$|^no-store$/, url);
        assert.match(mine.vary, /Authorization, X-API-Key/, url);
        const again = await ask(server.url + url, { ...identities[owner], 'If-None-Match': mine.etag ?? '' });
        if (mine.etag) assert.equal(again.status, 304, url);
        assert.equal(textOf(await ask(server.url + url, identities[`token ${owner}`])), textOf(mine), url);
      }
      const stranger = owner === 'a' ? 'b' : 'a';
      for (const who of ['none', 'wrong', stranger, `token ${stranger}`] as const) {
        const headers = identities[who];
        const other = await (who === 'none' && isClosed
          ? both(url, headers)
          : ask(server.url + url, headers));
        if (!isClosed) {
          const isOfKeys =
            [401, 403].includes(mine.status) || (url.endsWith('/review') && other.status === 401);
          const told = ({ status }: Answered, text: string) => [status, url === instead ? '' : text]; // lists differ
          if (!isOfKeys)
            assert.deepEqual(told(other, textOf(other)), told(mine, textOf(mine)), `${who} ${url}`);
          continue;
        }
        if (target === 'b' && /a$/.test(who) && url.includes('b-areas')) continue; // any key sees it
        seen.refused++;
        // As what is not there, name for name.
        const missing = (await (statuses[who + instead] ??= ask(server.url + instead, headers))).status;
        assert.equal(other.status, missing, `${who} ${url}`);
        assert.ok([400, 401, 403, 404].includes(other.status), `${who} ${url} ${other.status}`);
        assert.doesNotMatch(other.body.toString('latin1'), /rahasia/, url);
        const known = await ask(server.url + url, { ...headers, 'If-None-Match': mine.etag ?? '*' });
        assert.equal(known.status, other.status, `${who} ${url} If-None-Match`);
      }
    }
    assert.ok(seen.opened > 50 && seen.refused > 150, JSON.stringify(seen));
  });

  if (redisInstalled)
    it('is the same of what Redis has', async () => {
      const { ctx } = server;
      const fresh = await serve(server.environment, { maps: tenantsMaps() }, untilFileEnds, server.opened);
      await agree(server, plain, fresh);
      // What goes to Redis goes there when it is connected.
      await eventually(async () => {
        ctx.cache.clear();
        await ask(`${server.url}/tiles/a_homes/1/1/0.mvt`, identities.a);
        await ask(`${fresh.url}/tiles/a_homes/1/1/0.mvt`, identities.a);
        fresh.ctx.cache.clear();
        return fresh.ctx.cache.stats().outcomes.shared > 0;
      });
      const kept = urls().filter(
        ({ target, url }) => target !== 'open' && /mvt|values|style|json$/.test(url),
      );
      for (const { target, url, instead } of kept) {
        const [owner, stranger] = target === 'b' ? (['b', 'a'] as const) : (['a', 'b'] as const);
        const mine = await ask(server.url + url, identities[owner]);
        if (mine.status >= 300 || url.includes('b-areas')) continue;
        for (const who of ['none', stranger, `token ${stranger}`] as const) {
          const other = await ask(fresh.url + url, { ...identities[who], 'If-None-Match': mine.etag ?? '*' });
          assert.equal(
            other.status,
            (await ask(plain.url + instead, identities[who])).status,
            `${who} ${url}`,
          );
          assert.doesNotMatch(other.body.toString('latin1'), /rahasia/, url);
        }
        for (const who of [owner, `token ${owner}`] as const)
          assert.equal(textOf(await ask(fresh.url + url, identities[who])), textOf(mine), url);
      }
      assert.ok(fresh.ctx.cache.stats().outcomes.shared > 5, JSON.stringify(fresh.ctx.cache.stats()));
    });

  it('is told by lists to each as far as they see', async () => {
    const CLOSED = /rahasia|[ab][_-](homes|areas|figures|nowhere)/;
    const OTHERS = {
      a: /rahasia b two|b[_-](homes|figures)/,
      b: /rahasia a|a[_-](homes|areas|figures|nowhere)/,
    };
    for (const url of [
      '/tiles',
      '/gis/choropleth',
      '/search?q=rahasia',
      '/search/suggest?q=figures',
      '/refreshes',
    ]) {
      for (const who of ['none', 'wrong', 'revoked'] as const)
        assert.doesNotMatch(wordsOf(await both(url, identities[who])), CLOSED, `${who} ${url}`);
      for (const who of ['a', 'b'] as const) {
        const text = wordsOf(await both(url, identities[who]));
        assert.match(text, who === 'a' ? /a[_-](homes|figures)/ : /b[_-](homes|figures)/, `${who} ${url}`);
        assert.doesNotMatch(text, OTHERS[who], `${who} ${url}`);
      }
    }
    const part = await ask(`${server.url}/search?q=part%20of%20it`);
    assert.match(part.body.toString(), /regions:open-parts:P1/);
    assert.doesNotMatch(part.body.toString(), CLOSED); // what it lies in is not told
    const list = await ask(`${server.url}/tiles`);
    assert.match(list.vary, /Authorization, X-API-Key/);
  });

  it('is not told by health, metrics and descriptions', async () => {
    assert.equal((await ask(`${server.url}/tiles/a_homes/1/1/0.mvt`, identities.a)).status, 200);
    for (const url of ['/health', '/metrics', '/openapi.json', '/gemini/health']) {
      const { body } = await ask(server.url + url, { 'X-Forwarded-For': '203.0.113.9' });
      const words = /\S*(?:rahasia|\b[ab][_-](?:homes|areas|figures|nowhere))\S*/g;
      assert.deepEqual([...body.toString().matchAll(words)].map(String), [], url);
    }
    assert.match((await ask(`${server.url}/metrics`)).body.toString(), /layer="restricted"/);
  });

  it('is not undone by a URL that names a generation', async () => {
    const { body } = await ask(`${server.url}/tiles/a_homes.json`, identities.a);
    const { tiles } = JSON.parse(body.toString()) as { tiles: [string] };
    const url = tiles[0].replace('http://maps.example', server.url).replace('{z}/{x}/{y}', '0/0/0');
    assert.match(url, /g=/);
    const mine = await ask(url, identities.a);
    assert.deepEqual([mine.status, mine.caching], [200, 'private, no-cache']);
    for (const who of ['none', 'wrong', 'revoked', 'b'] as const)
      assert.equal((await ask(url, identities[who])).status, 404);
    // What is open is what it always was, with a key as without, and on the way past Express too.
    for (const who of ['none', 'a', 'none'] as const) {
      const open = await ask(`${server.url}/tiles/open_spots/0/0/0.mvt`, identities[who]);
      assert.deepEqual([open.status, open.caching.slice(0, 6)], [200, 'public']);
      assert.doesNotMatch(open.vary, /Authorization/);
    }
  });

  it('is what listeners are told of', async () => {
    const told = async (headers: Record<string, string>): Promise<string> => {
      const stop = new AbortController();
      const { body } = await fetch(`${server.url}/events`, { headers, signal: stop.signal });
      let text = '';
      for await (const chunk of body!.pipeThrough(new TextDecoderStream())) {
        text += chunk;
        if (/open-figures/.test(text) && /open_spots/.test(text)) break;
      }
      stop.abort();
      return text;
    };
    assert.doesNotMatch(await told({}), /"id":"[ab][_-]|"access"/);
    const mine = await told(identities.a);
    assert.match(mine, /"a_homes"/);
    assert.match(mine, /"a-figures"/);
    assert.doesNotMatch(mine, /"b-(homes|figures)"/);
  });

  it('is the same of what is posted', async () => {
    const BODIES: Readonly<Record<string, object>> = {
      '/signatures': { patterns: ['*'] },
      '/gemini/ask': { question: 'What is a_homes about?' },
      '/joins': { set: 'a-areas', table: 'public.a_homes', column: 'name' },
    };
    const posted = async (path: string, who: keyof typeof identities): Promise<Answered> => {
      const headers = { ...identities[who], 'Content-Type': 'application/json' };
      const body = JSON.stringify(BODIES[path] ?? {});
      const answer = await fetch(server.url + path, { method: 'POST', headers, body });
      const bytes = Buffer.from(await answer.arrayBuffer());
      return { status: answer.status, etag: null, caching: '', vary: '', type: '', body: bytes };
    };
    const all = Object.entries(paths).flatMap(([path, { post }]) => (post ? [path] : []));
    assert.ok(all.length >= 5, all.join());
    for (const path of all) {
      const named = (id: string): string => path.replace('{id}', `${id}-figures`);
      for (const who of ['none', 'wrong', 'revoked', 'b', 'token b'] as const) {
        const [closed, missing] = [await posted(named('a'), who), await posted(named('x'), who)];
        const text = (answer: Answered): string =>
          textOf(answer)
            .replace(/[ax]-figures/g, '')
            .replace(/"(sig|exp|query|expiresAt)":[^,}]*/g, '');
        assert.deepEqual([closed.status, text(closed)], [missing.status, text(missing)], `${who} ${path}`);
        assert.doesNotMatch(textOf(closed), /rahasia|a_(homes|figures|areas)/, `${who} ${path}`);
      }
    }
    const refresh = (id: string) => posted(`/gis/choropleth/${id}-figures/refresh?wait=true`, 'refresher');
    const text = (answer: Answered): string => textOf(answer).replace(/[ax]-figures/g, '');
    assert.deepEqual(
      [(await refresh('a')).status, text(await refresh('a'))],
      [404, text(await refresh('x'))],
    );
    assert.deepEqual([(await refresh('b')).status, (await refresh('open')).status], [200, 200]);
    const whole = await posted('/gis/choropleth/refresh?wait=true', 'refresher');
    const { refreshed } = JSON.parse(whole.body.toString()) as { refreshed: string[] };
    assert.deepEqual(refreshed.sort(), ['public.b_figures', 'public.open_figures']);
  });

  it('is not told by the assistant, to whom and by whatever it is asked', async () => {
    const { ctx } = server;
    const listed = ['a-figures', 'b-figures', 'open-figures', 'x-figures'];
    for (const policy of ['all', listed] as const) {
      const figures = figuresOf(ctx, new Answers(ctx), policy);
      const list = JSON.stringify(await runTool(figures, 'listChoropleths', {}));
      assert.match(list, /open-figures/);
      assert.doesNotMatch(list, /rahasia|[ab]-figures/);
      for (const [tool, more] of [
        ['topRegions', {}],
        ['regionValue', { region: 'R1' }],
        ['compareRegions', { regions: ['R1', 'R2'] }],
        ['classBreaks', {}],
      ] as const) {
        const told = async (choropleth: string) =>
          JSON.stringify(await runTool(figures, tool, { choropleth, ...more })).replaceAll(choropleth, '');
        assert.match(await told('open-figures'), /"generation"/, tool);
        for (const closed of ['a-figures', 'b-figures'])
          assert.equal(await told(closed), await told('x-figures'), `${tool} ${closed}`);
      }
    }
  });

  it('is written down where something closed was read, together, and where URLs were signed', async () => {
    const { auditing } = server.ctx;
    auditing.gather();
    await auditing.flush();
    const rows = await server.run<{ what: string; actors: number; times: number }>(
      `select action || ' ' || coalesce(object, '') as what, count(distinct actor)::int as actors, sum(times)::int as times
       from chorograph.audit_event where action in ('restricted.read', 'signature.made') group by 1`,
    );
    const of = (what: string) => rows.find((row) => row.what.startsWith(what));
    assert.ok((of('restricted.read layer:a_homes')?.times ?? 0) > 5, JSON.stringify(rows));
    assert.ok((of('restricted.read choropleth:b-figures')?.times ?? 0) > 10);
    assert.equal(of('restricted.read layer:a_homes')?.actors, 2); // a key and a token
    assert.equal(of('restricted.read layer:open'), undefined);
    assert.ok(of('signature.made key:'));
  });

  it('leaves withheld columns out of everything, also for those who see the layer', async () => {
    const about = await ask(`${server.url}/tiles/b-homes.json`, identities.b);
    assert.doesNotMatch(about.body.toString(), /salary/);
    const features = await ask(`${server.url}/features/b-homes`, identities.b);
    assert.deepEqual(
      (JSON.parse(features.body.toString()) as { features: { properties: object }[] }).features[0]
        ?.properties,
      { id: 1, name: 'rahasia b' },
    );
    const tile = await ask(`${server.url}/tiles/b-homes/0/0/0.mvt`, identities.b);
    assert.ok(tile.body.includes('rahasia b') && !tile.body.includes('salary'));
    for (const url of ['/features/b-homes?salary=9002', '/tiles/b-homes/0/0/0.mvt?columns=salary'])
      assert.equal((await ask(server.url + url, identities.b)).status, 400, url);
  });
});
