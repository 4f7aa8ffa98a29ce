import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../server/errors.ts';
import type { Database } from '../../server/db/types.ts';
import { newServer, onPostgres, type TestServer } from '../support/environment.ts';
import { queriesDuring } from '../support/queries.ts';

const ROWS = 100_000;
/** The first batch is a small one, which tells how much a row takes. */
const BATCHES = 1 + Math.ceil((ROWS - 100) / 1_000);
const MB = 1024 * 1024;

const open = (url: string): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => get(url, resolve).on('error', reject));

onPostgres('a long list of features', () => {
  let server: TestServer;
  let url: string;
  before(async () => {
    server = await newServer({
      sql: `create table long (id int primary key, t text, geom geometry(point, 4326));
        insert into long select i, repeat('x', 500), st_setsrid(st_point(i % 180, i % 80), 4326)
          from generate_series(1, ${ROWS}) i`,
    });
    url = `${server.url}/features/long?limit=${ROWS}`;
  });

  it(`of ${ROWS} is whole, and never in memory as a whole`, async () => {
    let bytes = 0;
    let most = 0;
    let tail = '';
    const start = process.memoryUsage().heapUsed;
    const queries = await queriesDuring(server, 'long', async () => {
      for await (const chunk of await open(url)) {
        bytes += (chunk as Buffer).length;
        tail = (tail + (chunk as Buffer).toString()).slice(-500);
        most = Math.max(most, process.memoryUsage().heapUsed - start);
      }
    });
    // The bounds of the layer may be read meanwhile, too.
    assert.equal(queries.filter((text) => text.includes('st_asgeojson')).length, BATCHES);
    assert.ok(bytes > ROWS * 500, `${bytes} bytes`);
    assert.match(tail, new RegExp(`"numberReturned":${ROWS}\\}$`));
    assert.ok(most < 250 * MB, `the heap grew by ${Math.round(most / MB)} MB`);
  });

  it('waits for a client that does not read, and stops for one that goes', async () => {
    const queries = await queriesDuring(server, 'long', async () => {
      const response = await open(url);
      await sleep(1_500);
      response.destroy();
      await sleep(300);
    });
    assert.ok(queries.length >= 1 && queries.length < BATCHES / 2, `${queries.length} of ${BATCHES} batches`);
  });

  it('is cut off where its database fails half way', async () => {
    const db = server.ctx.db as Database & { run: Database['run'] };
    const run = db.run.bind(db);
    let batches = 0;
    db.run = ((query, options) => {
      if (query.text.includes('"long"') && ++batches > 5)
        return Promise.reject(new AppError('layer_query_failed'));
      return run(query, options);
    }) as Database['run'];
    try {
      const response = await open(url);
      assert.equal(response.statusCode, 200);
      let text = '';
      await assert.rejects(async () => {
        for await (const chunk of response) text += (chunk as Buffer).toString();
      }, /aborted|ECONNRESET/);
      assert.doesNotMatch(text, /numberReturned|problem/);
    } finally {
      db.run = run;
    }
  });

  it('is a proper error where its database fails at once', async () => {
    const { db } = server.ctx;
    const broken = db as { run: unknown };
    const run = db.run.bind(db);
    broken.run = () => Promise.reject(new AppError('database_unavailable'));
    try {
      await server.api
        .get('/features/long')
        .expect(503)
        .expect('Content-Type', /problem\+json/);
    } finally {
      broken.run = run;
    }
  });

  it('answers HEAD with one batch and no body', async () => {
    const queries = await queriesDuring(server, 'long', async () => {
      const { text } = await server.api.head(`/features/long?limit=${ROWS}`).expect(200);
      assert.equal(text ?? '', '');
    });
    assert.equal(queries.length, 1);
  });
});
