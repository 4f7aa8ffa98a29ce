import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFile, chmod, chown, copyFile, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { pino } from 'pino';
import request from 'supertest';
import { readConfig } from '../../server/config.ts';
import { explainFailure } from '../../server/db/explain.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer } from '../../server/server.ts';
import { createDatabase, freePort, startCluster, withClient, type Cluster } from '../support/cluster.ts';
import { onPostgres } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { startPgBouncer } from '../support/pgbouncer.ts';

const run = promisify(execFile);
const PASSWORD = 'correct-horse-battery';

interface Told {
  /** On the console. */
  said: string[];
  local: string;
  stranger: string;
  keyed: string;
}

/** What a server that does not become ready says, and to whom. */
async function told(url: string): Promise<Told> {
  const said: string[] = [];
  const key = 'a-key-of-the-tests';
  const server = await startServer({
    config: readConfig({ DATABASE_URL: url, PORT: '0', LOG_LEVEL: 'silent', CHOROGRAPH_API_KEY: key }),
    maps: readMaps(''),
    log: pino({ level: 'silent' }),
    progress: (line) => said.push(line),
  });
  server.ready.catch(() => {});
  try {
    await eventually(() => said.some((line) => line.startsWith('not ready yet')), 'a reason');
    const ask = async (headers: Record<string, string>): Promise<string> => {
      const { text } = await request(server.url).get('/health/ready').set(headers).expect(503);
      return text.replaceAll('\\"', '"');
    };
    const stranger = { 'X-Forwarded-For': '203.0.113.9' };
    return {
      said,
      local: await ask({}),
      stranger: await ask(stranger),
      keyed: await ask({ ...stranger, 'X-API-Key': key }),
    };
  } finally {
    await server.stop();
  }
}

describe('what kept us from the database', () => {
  for (const [code, message, advice] of [
    ['55P03', 'canceling statement due to lock timeout', /lock_timeout of the role/],
    ['57014', 'canceling statement due to statement timeout', /statement_timeout of the role/],
    [undefined, 'timeout expired', /check host and port/],
  ] as const)
    it(`is told by what PostgreSQL says: ${message}`, () => {
      assert.match(explainFailure(Object.assign(new Error(message), { code })), advice);
    });
});

onPostgres('a database that cannot be used', () => {
  let cluster: Cluster;
  let folder: string;
  let url: (change?: (url: URL) => void) => string;
  before(async function () {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-tls-'));
    cluster = await startCluster({ max_connections: '20', superuser_reserved_connections: '3' });
    const database = await createDatabase(cluster.url('postgres'), 'map');
    await withClient(cluster.url('postgres'), (client) =>
      client.query(`
        create role app login password '${PASSWORD}'; create role gone login password '${PASSWORD}' valid until '2001-01-01';
        create role few login password '${PASSWORD}' connection limit 0; create role nologin password '${PASSWORD}'`),
    );
    for (const name of ['bare', 'tls_only'])
      await withClient(cluster.url('postgres'), (client) => client.query(`create database ${name}`));
    // An authority of one's own, and a certificate of it for another name and for this one.
    const openssl = (...args: string[]): Promise<unknown> => run('openssl', args, { cwd: folder });
    await openssl(
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'ca.key',
      '-out',
      'ca.pem',
      '-days',
      '2',
      '-subj',
      '/CN=Our own CA',
    );
    await openssl(
      'req',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-keyout',
      'server.key',
      '-out',
      'server.csr',
      '-subj',
      '/CN=localhost',
    );
    await writeFile(join(folder, 'san'), 'subjectAltName=DNS:localhost');
    await openssl(
      'x509',
      '-req',
      '-in',
      'server.csr',
      '-CA',
      'ca.pem',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-out',
      'server.crt',
      '-days',
      '2',
      '-extfile',
      'san',
    );
    const { uid, gid } = await stat(cluster.data);
    for (const name of ['server.key', 'server.crt']) {
      await copyFile(join(folder, name), join(cluster.data, name));
      await chown(join(cluster.data, name), uid, gid);
    }
    await chmod(join(cluster.data, 'server.key'), 0o600);
    await appendFile(join(cluster.data, 'postgresql.conf'), '\nssl = on\n');
    const hba = join(cluster.data, 'pg_hba.conf');
    await writeFile(
      hba,
      `local all all trust
       host all postgres 127.0.0.1/32 trust
       hostssl tls_only all 127.0.0.1/32 scram-sha-256
       host tls_only all 127.0.0.1/32 reject
       host all all 127.0.0.1/32 scram-sha-256\n`,
    );
    await cluster.stop();
    await cluster.start();
    url = (change = () => {}) => {
      const one = new URL(database);
      one.username = 'app';
      one.password = PASSWORD;
      change(one);
      return one.href;
    };
  });
  after(async () => {
    await cluster?.remove();
    await rm(folder, { recursive: true, force: true });
  });

  const CASES: [what: string, change: (url: URL) => void, said: RegExp, advice: RegExp][] = [
    [
      'a wrong password',
      (one) => (one.password = 'wrong-horse'),
      /password authentication failed for user "app"/,
      /check user and password.*valid until/,
    ],
    ['no password', (one) => (one.password = ''), /password/, /DATABASE_URL has none/],
    [
      'an expired role',
      (one) => (one.username = 'gone'),
      /password authentication failed for user "gone"/,
      /has not expired/,
    ],
    [
      'a role that may not log in',
      (one) => (one.username = 'nologin'),
      /role "nologin" is not permitted to log in/,
      /may log in/,
    ],
    [
      'an unknown role',
      (one) => (one.username = 'nobody'),
      /password authentication failed for user "nobody"/,
      /check user/,
    ],
    [
      'an unknown database',
      (one) => (one.pathname = '/nowhere'),
      /database "nowhere" does not exist/,
      /check the database/,
    ],
    [
      'a role with too many connections',
      (one) => (one.username = 'few'),
      /too many connections for role "few"/,
      /CHOROGRAPH_POOL_SIZE.*PgBouncer/,
    ],
    ['a wrong host', (one) => (one.hostname = 'nowhere.invalid'), /nowhere\.invalid/, /host in DATABASE_URL/],
    [
      'a database without PostGIS',
      (one) => ((one.pathname = '/bare'), (one.username = 'postgres')),
      /PostGIS is not installed/,
      /create extension postgis/,
    ],
    [
      'TLS with an authority of its own',
      (one) => (one.search = '?sslmode=require'),
      /self-signed certificate in certificate chain|unable to verify/,
      /sslrootcert=.*sslmode=no-verify/,
    ],
    [
      'TLS for another name',
      (one) => (one.search = `?sslmode=verify-full&sslrootcert=${folder}/ca.pem`),
      /does not match certificate's altnames|IP: 127.0.0.1 is not in the cert/,
      /one of its names as host/,
    ],
    [
      'TLS with a file that is not there',
      (one) => (one.search = `?sslmode=verify-full&sslrootcert=${folder}/no.pem`),
      /no such file.*no\.pem/,
      /check sslrootcert/,
    ],
    [
      'a server that wants TLS',
      (one) => (one.pathname = '/tls_only'),
      /no pg_hba.conf entry|pg_hba.conf rejects connection/,
      /sslmode=verify-full|pg_hba\.conf/,
    ],
  ];
  for (const [what, change, said, advice] of CASES) {
    it(`says of ${what} what was said and what to set, and to whom`, async function () {
      const { said: console, local, keyed, stranger } = await told(url(change));
      const line = console.find((one) => one.startsWith('not ready yet'))!;
      assert.match(line, said);
      assert.match(line, advice);
      for (const document of [local, keyed]) {
        assert.match(document, said);
        assert.match(document, advice);
      }
      assert.doesNotMatch(stranger, advice);
      assert.doesNotMatch(stranger, /"app"|"gone"|nowhere|reason/);
      for (const text of [...console, local, keyed, stranger]) assert.ok(!text.includes(PASSWORD), text);
    });
  }

  it('says so of a server that has no slot left, and of a port where nobody listens', async function () {
    const holders: pg.Client[] = [];
    const hold = async (): Promise<boolean> => {
      const client = new pg.Client({ connectionString: url() });
      client.on('error', () => {});
      return client.connect().then(
        () => holders.push(client) > 0,
        () => false,
      );
    };
    while (await hold());
    const { said } = await told(url());
    assert.match(said.join('\n'), /(remaining connection slots|too many clients).*max_connections/);
    await Promise.all(holders.map((client) => client.end()));
    const port = await freePort();
    const closed = await told(url((one) => (one.port = String(port))));
    assert.match(closed.said.join('\n'), /ECONNREFUSED.*nothing listens there/);
  });

  it('says so of a server that does not answer, and of a pooler that pools statements', async function () {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    const { said } = await told(url((one) => (one.port = String(port))));
    silent.close();
    assert.match(said.join('\n'), /timeout.*no answer/i);
    const bouncer = await startPgBouncer(cluster.url('map'), 'statement');
    try {
      const statements = await told(bouncer.url(cluster.url('map')));
      assert.match(statements.said.join('\n'), /statement pooling.*pool_mode/);
    } finally {
      await bouncer.remove();
    }
  });

  it('is used with TLS as it is documented', async function () {
    for (const search of ['?sslmode=no-verify', `?sslmode=verify-full&sslrootcert=${folder}/ca.pem`]) {
      const own = new URL(cluster.url('map'));
      own.hostname = 'localhost';
      own.search = search;
      const server = await startServer({
        config: readConfig({ DATABASE_URL: own.href, PORT: '0', LOG_LEVEL: 'silent' }),
        maps: readMaps(''),
        log: pino({ level: 'silent' }),
      });
      await server.ready;
      const rows = await server.ctx.db.run<{ ssl: boolean }>({
        text: 'select ssl from pg_stat_ssl where pid = pg_backend_pid()',
        values: [],
      });
      assert.deepEqual(rows, [{ ssl: true }]);
      await server.stop();
    }
  });
});
