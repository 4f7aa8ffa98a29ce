import assert from 'node:assert/strict';
import { demoServer, type TestServer } from '../support/environment.ts';

interface OpenApi {
  openapi: string;
  paths: Record<
    string,
    Record<string, { parameters: { name: string; in: string; required: boolean }[]; operationId: string }>
  >;
}

describe('operations', () => {
  let server: TestServer;
  before(async () => {
    server = await demoServer();
  });

  it('gives every answer a request id, and takes one from outside', async () => {
    const own = await server.api.get('/health/live').expect(200);
    assert.match(own.get('X-Request-Id') ?? '', /^[0-9a-f-]{36}$/);
    await server.api.get('/health/live').set('X-Request-Id', 'abc-123').expect('X-Request-Id', 'abc-123');
    const hostile = await server.api.get('/health/live').set('X-Request-Id', 'x'.repeat(500));
    assert.match(hostile.get('X-Request-Id') ?? '', /^[0-9a-f-]{36}$/);
  });

  it('answers an unknown path with problem+json', async () => {
    const { body } = await server.api
      .get('/nothing')
      .set('X-Request-Id', 'r-1')
      .expect(404)
      .expect('Content-Type', /problem\+json/);
    assert.deepEqual(body, {
      type: '/docs/errors#route_not_found',
      title: 'There is nothing at this path',
      status: 404,
      code: 'route_not_found',
      requestId: 'r-1',
    });
  });

  it('tells each check of its health', async () => {
    const { body } = await server.api.get('/health').expect(200).expect('Cache-Control', 'no-store');
    const { status, checks } = body as { status: string; checks: Record<string, { status: string }> };
    assert.equal(status, 'ok');
    for (const name of ['startup', 'database', 'catalog']) assert.equal(checks[name]?.status, 'ok');
    await server.api.get('/health/ready').expect(200);
  });

  it('lets other origins read and not write', async () => {
    await server.api
      .get('/tiles')
      .set('Origin', 'https://example.org')
      .expect('Access-Control-Allow-Origin', '*');
    const preflight = await server.api
      .options('/tiles')
      .set('Origin', 'https://example.org')
      .set('Access-Control-Request-Method', 'POST');
    assert.doesNotMatch(preflight.get('Access-Control-Allow-Methods') ?? '', /POST/);
  });

  it('sends security headers and not its name', async () => {
    const answer = await server.api.get('/tiles').expect(200);
    assert.equal(answer.get('X-Content-Type-Options'), 'nosniff');
    assert.match(answer.get('Content-Security-Policy') ?? '', /default-src 'self'/);
    assert.equal(answer.get('X-Powered-By'), undefined);
  });

  it('refuses other methods with Allow', async () => {
    const answer = await server.api.delete('/tiles').expect(405);
    assert.equal(answer.get('Allow'), 'GET, HEAD, OPTIONS');
    assert.equal((answer.body as { code: string }).code, 'method_not_allowed');
  });

  it('describes every route in OpenAPI, parameters included', async () => {
    const document = (await server.api.get('/openapi.json').expect(200)).body as OpenApi;
    assert.equal(document.openapi, '3.1.0');
    for (const path of [
      '/tiles',
      '/tiles/{layers}/{z}/{x}/{y}.{format}',
      '/features/{layer}',
      '/gis/choropleth/{id}/values.json',
      '/health',
    ]) {
      assert.ok(document.paths[path]?.get, path);
    }
    const ids = new Set<string>();
    for (const [path, operations] of Object.entries(document.paths)) {
      for (const operation of Object.values(operations)) {
        assert.ok(!ids.has(operation.operationId), `${operation.operationId} is there twice`);
        ids.add(operation.operationId);
        const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();
        const declared = operation.parameters.filter((p) => p.in === 'path').map((p) => p.name);
        assert.deepEqual(declared.sort(), inPath, path);
        assert.ok(operation.parameters.every((p) => p.in === 'query' || p.required));
      }
    }
  });

  it('serves the pages that problems point to, and nothing beside them', async () => {
    const { text } = await server.api
      .get('/docs/errors')
      .expect(200)
      .expect('Content-Type', /markdown/);
    assert.match(text, /layer_not_found/);
    const { text: list } = await server.api.get('/docs').expect(200);
    assert.match(list, /- \[Errors\]\(\/docs\/errors\)/);
    await server.api.get('/docs/none').expect(404);
    await server.api.get('/docs/..%2fpackage').expect(400);
  });

  it('serves the explorer: the page fresh, what it loads for good', async () => {
    const { text } = await server.api.get('/').expect(200).expect('Cache-Control', 'public, max-age=0');
    const [, script = ''] = /src="\.?(\/assets\/[^"]+\.js)"/.exec(text) ?? [];
    await server.api.get(script).expect(200).expect('Cache-Control', 'public, max-age=31536000, immutable');
    await server.api
      .get('/assets/none.js')
      .expect(404)
      .expect('Content-Type', /problem\+json/);
  });
});
