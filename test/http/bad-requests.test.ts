import assert from 'node:assert/strict';
import { request } from 'node:http';
import { connect } from 'node:net';
import { demoServer, once, type TestServer } from '../support/environment.ts';

interface Answer {
  status: number;
  type: string;
  allow: string;
  text: string;
}

const RUBBISH = [
  `'`,
  `"`,
  `';--`,
  `1 or 1=1`,
  `1) union select version()--`,
  `'; drop table us_states; --`,
  `" ; select pg_sleep(10) ; --`,
  `\\`,
  `%`,
  `*`,
  `NaN`,
  `Infinity`,
  `-1`,
  `1e308`,
  `99999999999999999999999999`,
  `-99999999999999999999999999`,
  `null`,
  `undefined`,
  `true`,
  `{}`,
  `[]`,
  `../../etc/passwd`,
  `..%2f..%2fetc%2fpasswd`,
  `%00`,
  `a\u0000b`,
  `\u202e\ud83d\ude00`,
  `\ud800`,
  `<script>alert(1)</script>`,
  `\${7*7}`,
  `\r\nX-Injected: 1`,
  `__proto__`,
  `constructor`,
  `hasOwnProperty`,
  `toString`,
  'x'.repeat(5000),
];

/** Values that a parameter may well have: these are no rubbish there. */
const GOOD = /^(true|-1|null|1 or 1=1)$/;

/** Words that only the inside knows; some of the rubbish has such words too, and may be named in the answer. */
const INSIDE =
  /pg_|postgres:|select |syntax error|relation "|column "|operator does not|at \w+ \(|\/server\/|node_modules|stack/i;
const NEVER =
  /syntax error|invalid input|relation "|operator does not|at \w+ \(|\/server\/|node_modules|\$\d/i;

once('bad requests', () => {
  let server: TestServer;
  let checksum: string;

  const state = async (): Promise<string> => {
    const tables = await server.run<{ name: string }>(
      `select quote_ident(n.nspname) || '.' || quote_ident(c.relname) as name from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'm') and c.relispopulated and n.nspname in ('public', 'chorograph')
         -- Who was refused is written down.
         and c.relname <> 'spatial_ref_sys' and c.relname !~ '^audit_' order by 1`,
    );
    const sums: string[] = [];
    for (const { name } of tables) {
      const [row] = await server.run<{ sum: string }>(
        `select count(*) || ':' || coalesce(sum(hashtext(t::text)::bigint), 0) as sum from ${name} t`,
      );
      sums.push(`${name}=${row?.sum}`);
    }
    return sums.join('\n');
  };

  before(async function () {
    server = await demoServer();
    checksum = await state();
    assert.match(checksum, /us_states=56:|us_states=\d+:/);
  });
  after(async () => {
    assert.equal(await state(), checksum, 'nothing has changed');
    await server.api.get('/tiles/us_states/0/0/0.mvt').expect(200);
    await server.api.get('/health/ready').expect(200);
  });

  const ask = (
    path: string,
    options: { method?: string; body?: string; type?: string } = {},
  ): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { method = 'GET', body, type = 'application/json' } = options;
      const { hostname, port } = new URL(server.url);
      const headers =
        body === undefined ? {} : { 'content-type': type, 'content-length': Buffer.byteLength(body) };
      const req = request({ hostname, port, path, method, headers }, (res) => {
        let text = '';
        res.setEncoding('utf8');
        res.on('data', (chunk: string) => (text += chunk));
        res.on('end', () =>
          resolve({
            status: res.statusCode ?? 0,
            type: res.headers['content-type'] ?? '',
            allow: res.headers.allow ?? '',
            text,
          }),
        );
      });
      req.on('error', reject);
      req.end(body);
    });

  function assertRefused(answer: Answer, what: string, statuses: readonly number[] = [400, 404]): void {
    assert.ok(
      statuses.includes(answer.status),
      `${what.slice(0, 200)}: ${answer.status} ${answer.text.slice(0, 300)}`,
    );
    assert.match(answer.type, /^application\/problem\+json/, what);
    const problem = JSON.parse(answer.text) as Record<string, unknown>;
    assert.equal(problem.status, answer.status);
    assert.match(String(problem.code), /^[a-z_]+$/);
    assert.match(String(problem.requestId), /^[\w.:-]{8,}$/);
    assert.equal(problem.type, `/docs/errors#${String(problem.code)}`);
    const { detail, errors, ...others } = problem;
    assert.doesNotMatch(JSON.stringify(others), INSIDE, what);
    assert.doesNotMatch(answer.text, NEVER, what);
    // What was sent may be named in the answer, but shortened.
    assert.ok(JSON.stringify([detail ?? '', errors ?? '']).length < 3000, `${what}: the answer is long`);
  }

  /** As a URL would carry it; half a surrogate pair as the bytes it would be. */
  const encoded = (value: string): string => (value === '\ud800' ? '%ED%A0%80' : encodeURIComponent(value));

  describe('in the path', () => {
    const paths: [name: string, path: (value: string) => string][] = [
      ['a layer', (value) => `/tiles/${value}/0/0/0.mvt`],
      ['a TileJSON', (value) => `/tiles/${value}.json`],
      ['one of several layers', (value) => `/tiles/us_states,${value}/0/0/0.mvt`],
      ['z', (value) => `/tiles/us_states/${value}/0/0.mvt`],
      ['x', (value) => `/tiles/us_states/0/${value}/0.mvt`],
      ['y', (value) => `/tiles/us_states/0/0/${value}.mvt`],
      ['a format', (value) => `/tiles/us_states/0/0/0.${value}`],
      ['features of a layer', (value) => `/features/${value}`],
      ['a feature', (value) => `/features/us_states/${value}`],
      ['a choropleth', (value) => `/gis/choropleth/${value}`],
    ];
    for (const [name, path] of paths) {
      it(`as ${name}`, async () => {
        for (const value of RUBBISH) {
          const url = path(encoded(value));
          assertRefused(await ask(url), url, [400, 404, 414]);
        }
      });
    }
  });

  describe('in the query', () => {
    const parameters: [name: string, path: string, refuses: (value: string) => boolean][] = [
      ['columns', '/tiles/us_states/0/0/0.mvt?columns=', () => true],
      ['columns', '/features/us_states?columns=', () => true],
      ['bbox', '/features/us_states?bbox=', () => true],
      ['limit', '/features/us_states?limit=', () => true],
      ['cursor', '/features/us_states?cursor=', () => true],
      ['a number', '/features/us-airports?id=', (value) => !GOOD.test(value)],
      ['a number', '/tiles/us-airports/0/0/0.mvt?id=', (value) => !GOOD.test(value)],
      ['metric', '/gis/choropleth/us-unemployment?metric=', () => true],
      ['method', '/gis/choropleth/us-unemployment?method=', () => true],
      ['classes', '/gis/choropleth/us-unemployment?classes=', () => true],
    ];
    for (const [name, path, refuses] of parameters) {
      it(`as ${name} of ${path.replace(/\?.*/, '')}`, async () => {
        for (const value of RUBBISH.filter(refuses)) {
          const url = path + encoded(value);
          assertRefused(await ask(url), url, [400, 414]);
        }
      });
    }

    it('as a text to filter by: found nowhere, or refused, but never an error of ours', async () => {
      for (const value of RUBBISH) {
        for (const path of ['/tiles/us_states/0/0/0.mvt?name=', '/features/us_states?name=']) {
          const answer = await ask(path + encoded(value));
          if (![200, 204].includes(answer.status)) assertRefused(answer, path + value, [400, 414]);
          assert.doesNotMatch(answer.text, /"Feature"/);
        }
      }
    });

    it('as the name of a parameter, of every route', async () => {
      for (const { path, tag } of await everyPath()) {
        // The santri application passed them over, and its clients send some.
        if (tag === 'santri') continue;
        for (const value of RUBBISH.filter((one) => one.length < 200)) {
          const url = `${path}?${encoded(value)}=1`;
          const answer = await ask(url);
          assert.ok(
            answer.status >= 400 && answer.status < 500,
            `${url}: ${answer.status} ${answer.text.slice(0, 200)}`,
          );
          // Whoever may not ask at all is told that first.
          assertRefused(answer, url, [400, 401, 404]);
        }
      }
    });

    it('as a parameter given twice', async () => {
      for (const url of [
        '/features/us_states?limit=1&limit=2',
        '/features/us_states?bbox=0,0,1,1&bbox=0,0,1,1',
        '/features/us_states?cursor=a&cursor=b',
        '/tiles/us_states/0/0/0.mvt?columns=name&columns=code',
        '/tiles/us_states/0/0/0.mvt?g=1&g=2',
      ]) {
        assertRefused(await ask(url), url, [400]);
      }
    });

    it('as more values than a filter takes', async () => {
      const url = `/features/us_states?${Array.from({ length: 101 }, (_, i) => `name=${i}`).join('&')}`;
      assertRefused(await ask(url), url, [400]);
    });
  });

  /** One real path of every GET route that the API describes, except those that stream without end. */
  async function everyPath(): Promise<{ path: string; tag: string | undefined }[]> {
    const { body } = await server.api.get('/openapi.json').expect(200);
    const examples: Record<string, string> = {
      layers: 'us_states',
      layer: 'us_states',
      id: 'us-unemployment',
      format: 'mvt',
      z: '0',
      x: '0',
      y: '0',
    };
    return Object.entries(body.paths as Record<string, { get?: { tags?: string[] } }>)
      .filter(([path, methods]) => methods.get !== undefined && path !== '/events')
      .map(([path, { get }]) => ({
        path: path.replace(/\{(\w+)\}/g, (_, name: string) => examples[name] ?? 'x'),
        tag: get?.tags?.[0],
      }));
  }

  describe('with another method', () => {
    it('are 405 with Allow, on every route', async () => {
      const { body } = await server.api.get('/openapi.json').expect(200);
      for (const [template, methods] of Object.entries(
        body.paths as Record<string, Record<string, unknown>>,
      )) {
        const path = template.replace(/\{\w+\}/g, '0');
        const others = ['PUT', 'PATCH', 'DELETE', 'TRACE', 'POST'].filter(
          (method) => methods[method.toLowerCase()] === undefined,
        );
        for (const method of others) {
          const answer = await ask(path, { method });
          assertRefused(answer, `${method} ${path}`, [405]);
          assert.match(answer.allow, methods.get ? /GET/ : /POST/, `${method} ${path}`);
        }
      }
    });

    it('are refused where there is no route', async () => {
      for (const method of ['POST', 'PUT', 'DELETE', 'PATCH', 'PROPFIND'])
        assertRefused(await ask('/nowhere', { method }), method, [404, 405]);
    });
  });

  describe('that are no URLs', () => {
    const paths = [
      '/%',
      '/%E0%A4%A',
      '/tiles/%E0%A4%A.json',
      '/tiles/%ff/0/0/0.mvt',
      '/tiles/..%2f..%2f/0/0/0.mvt',
      '/tiles/../../../etc/passwd',
      '/..%2f..%2f..%2fetc%2fpasswd',
      '/%2e%2e/%2e%2e/etc/passwd',
      '/..\\..\\etc\\passwd',
      '/tiles/us_states/0/0/0.mvt/..',
      '/features/us_states/%00',
      '/features/%2e%2e%2f/1',
      '/docs/..%2fpackage.json',
      '/docs/%2e%2e/package.json',
      '/package.json',
      '/.env',
      '/server/main.ts',
    ];
    for (const path of paths) {
      it(path, async () => assertRefused(await ask(path), path));
    }
  });

  describe('that are hardly HTTP', () => {
    const raw = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(server.url);
        const socket = connect(Number(port), hostname, () => socket.write(text));
        let answer = '';
        socket.setEncoding('utf8');
        socket.on('data', (chunk: string) => (answer += chunk));
        socket.on('close', () => resolve(answer));
        socket.on('error', (error: NodeJS.ErrnoException) =>
          // The server stops reading what is too long; what it said before that counts.
          ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? undefined : reject(error),
        );
        socket.setTimeout(10_000, () => socket.destroy());
      });
    /** Bytes of a packet. */
    const PACKET = 1400;
    /** The same, written piece by piece, each sent before the next is. */
    const inPackets = (text: string): Promise<string> =>
      new Promise((resolve, reject) => {
        const { hostname, port } = new URL(server.url);
        const socket = connect({ port: Number(port), host: hostname, noDelay: true });
        let answer = '';
        const write = (from: number): void => {
          if (answer !== '' || !socket.writable || from >= text.length) return;
          socket.write(text.slice(from, from + PACKET), () => setImmediate(write, from + PACKET));
        };
        socket.on('connect', () => write(0));
        socket.setEncoding('utf8');
        socket.on('data', (chunk: string) => (answer += chunk));
        socket.on('close', () => resolve(answer));
        socket.on('error', (error: NodeJS.ErrnoException) =>
          ['ECONNRESET', 'EPIPE'].includes(error.code ?? '') ? undefined : reject(error),
        );
      });
    const cases: [name: string, text: string, status: number][] = [
      ['a URL of 1 MB', `GET /tiles/${'a'.repeat(1_000_000)} HTTP/1.1\r\nHost: x\r\n\r\n`, 414],
      [
        'a URL of 20 kB',
        `GET /features/us_states?name=${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
        414,
      ],
      ['no HTTP at all', 'hello\r\n\r\n', 400],
      ['NUL in the path', 'GET /tiles/a\0b.json HTTP/1.1\r\nHost: x\r\n\r\n', 400],
      ['an unknown method', 'FROB / HTTP/1.1\r\nHost: x\r\n\r\n', 400],
      [
        'two lengths',
        'POST /tiles HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na',
        400,
      ],
    ];
    it('a HEAD whose URL is too long has no body', async () => {
      const answer = await raw(`HEAD /tiles/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 414 /);
      assert.match(answer, /Content-Length: [1-9]/);
      assert.match(answer, /\r\n\r\n$/);
    });
    it('nor where it comes in several packets', async () => {
      const answer = await inPackets(`HEAD /tiles/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 414 [^]*Content-Length: [1-9][^]*\r\n\r\n$/);
    });
    it('nor where so many come that it is refused before its end', async () => {
      // The last packet is the one that is too much: what a client sends after an answer may cost it the answer.
      const answer = await inPackets(`HEAD /tiles/${'a'.repeat(36 * PACKET)}`.slice(0, 36 * PACKET));
      assert.match(answer, /^HTTP\/1\.1 414 [^]*Content-Length: 0[^]*\r\n\r\n$/);
    });
    it('a GET whose URL is too long is told why, in however many packets it comes', async () => {
      const answer = await inPackets(`GET /tiles/${'a'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 414 [^]*"code": ?"uri_too_long"/);
    });
    for (const [name, text, status] of cases) {
      it(name, async () => {
        const answer = await raw(text);
        assert.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `), answer.slice(0, 200));
        assert.match(answer, /Content-Type: application\/problem\+json/i);
        const problem = JSON.parse(answer.slice(answer.indexOf('\r\n\r\n'))) as Record<string, unknown>;
        assert.match(String(problem.requestId), /^[\w-]{8,}$/);
        assert.equal(problem.status, status);
      });
    }
  });

  describe('with a body', () => {
    const bodies = [
      '',
      '{',
      '[1',
      '"x"',
      'null',
      '{"a":',
      '\0',
      '{"__proto__": {"x": 1}}',
      `{"a": "${'x'.repeat(200_000)}"}`,
    ];
    it('that is broken, on every POST route', async () => {
      const { body } = await server.api.get('/openapi.json').expect(200);
      for (const [path, methods] of Object.entries(body.paths as Record<string, Record<string, unknown>>)) {
        if (!methods.post) continue;
        for (const text of bodies) {
          const answer = await ask(path, { method: 'POST', body: text });
          assertRefused(answer, `POST ${path} ${text}`, [400, 401, 403, 413, 422, 429, 503]);
        }
      }
    });

    it('that nobody asked for is ignored on GET', async () => {
      const { status } = await ask('/tiles', { body: '{"a":' });
      assert.equal(status, 200);
    });
  });

  it('cannot add properties to objects', async () => {
    await ask('/features/us_states?__proto__[polluted]=1&constructor[prototype][polluted]=1');
    await ask('/tiles/us_states/0/0/0.mvt?__proto__=polluted');
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });
});
