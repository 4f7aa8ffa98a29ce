import assert from 'node:assert/strict';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { createKey } from '../../server/security/keys.ts';
import { values } from '../choropleth/support.ts';
import { eventually } from '../support/eventually.ts';
import { newServer, untilFileEnds, type TestServer } from '../support/environment.ts';

/** Four districts, of which one has so few that it is hidden; a choropleth and a layer that are not for everybody. */
const SQL = `
  create table districts (code text primary key, name text, geom geometry(polygon, 4326));
  insert into districts select code, 'District ' || code, st_setsrid(st_makeenvelope(x, y, x + 1, y + 1), 4326)
    from (values ('a', 6, 50), ('b', 7, 50), ('c', 6, 51), ('d', 7, 51)) v (code, x, y);
  create table figures (code text, year int, n int);
  insert into figures values ('a', 2023, 10), ('b', 2023, 20), ('c', 2023, 2), ('d', 2023, 40), ('a', 2024, 11);
  create table secrets (id int primary key, note text, geom geometry(point, 4326));
`;
const MAPS = `
layers:
  secrets: { table: secrets, title: Hidden layer, access: key }
regions:
  districts: { table: districts, code: code, name: name }
choropleths:
  people:
    title: People
    regions: districts
    cube: { view: figures, region: code, dimensions: [year] }
    metrics: { n: { sum: n, label: Persons } }
    classify: { method: equal, classes: 2 }
    suppress: { below: 5, count: n }
  closed:
    title: Hidden map
    access: key
    regions: districts
    cube: { view: figures, region: code, dimensions: [year] }
    metrics: { n: { sum: n } }
`;

describe('the Model Context Protocol', function () {
  let server: TestServer;
  let key: string;
  const clients: Client[] = [];

  before(async () => {
    const environment = {
      CHOROGRAPH_CORS_ORIGINS: '*,https://maps.example',
      CHOROGRAPH_LIMIT_EXPENSIVE: '8',
    };
    server = await newServer({ sql: SQL, maps: MAPS, environment }, untilFileEnds);
    ({ key } = await createKey(server.ctx.db, { name: 'reader', scopes: [] }));
  });
  after(() => Promise.all(clients.map((client) => client.close())));

  async function connect(headers: Record<string, string> = {}): Promise<Client> {
    const client = new Client({ name: 'test', version: '1' });
    const transport = new StreamableHTTPClientTransport(new URL(`${server.url}/mcp`), {
      requestInit: { headers },
    });
    await client.connect(transport as Transport);
    clients.push(client);
    return client;
  }
  async function call(client: Client, name: string, args: Record<string, unknown> = {}) {
    return (await client.callTool({ name, arguments: args })) as CallToolResult;
  }
  async function told<T>(client: Client, name: string, args: Record<string, unknown> = {}): Promise<T> {
    const { content, structuredContent, isError } = await call(client, name, args);
    assert.ok(!isError, JSON.stringify(content));
    const [part] = content;
    assert.ok(part?.type === 'text');
    assert.deepEqual(JSON.parse(part.text), structuredContent);
    return structuredContent as T;
  }
  const refusal = async (client: Client, name: string, args: Record<string, unknown>): Promise<string> => {
    const { content, isError } = await call(client, name, args);
    assert.equal(isError, true, JSON.stringify(content));
    return content[0]?.type === 'text' ? content[0].text : '';
  };

  it('has tools that only read, each with the form of its arguments', async () => {
    const client = await connect();
    assert.equal(client.getServerVersion()?.name, 'chorograph');
    const { tools } = await client.listTools();
    assert.deepEqual(
      tools.map(({ name }) => name),
      [
        ...['listChoropleths', 'listLayers', 'regionValues', 'topRegions', 'regionValue', 'compareRegions'],
        ...['classBreaks', 'picture'],
      ],
    );
    for (const { annotations, description, inputSchema } of tools) {
      assert.equal(annotations?.readOnlyHint, true);
      assert.ok((description ?? '').length > 20);
      assert.equal(inputSchema.type, 'object');
    }
    const picture = tools.find(({ name }) => name === 'picture')!;
    assert.deepEqual(picture.inputSchema.required, ['choropleth']);
  });

  it('tells the values that the API does, and hides what it hides', async () => {
    const client = await connect();
    const { columns, rows, total } = await told<{ columns: string[]; rows: unknown[][]; total: number }>(
      client,
      'regionValues',
      { choropleth: 'people', filters: { year: 2023 } },
    );
    const api = await values(server, 'people', { year: '2023' });
    const mine = rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));
    assert.equal(total, 4);
    assert.deepEqual(
      mine,
      api.rows.map(({ code, name, parent, value, class: id, rank, status }) => ({
        ...{ code, name, parent, value, class: id, rank, status },
      })),
    );
    assert.equal(mine.find(({ code }) => code === 'c')?.status, 'suppressed');
    assert.equal(mine.find(({ code }) => code === 'c')?.value, null);
    const page = await told<{ rows: unknown[][] }>(client, 'regionValues', {
      choropleth: 'people',
      filters: { year: 2023 },
      limit: 1,
      offset: 1,
    });
    assert.deepEqual(page.rows, [rows[1]]);
  });

  it('compares regions, and tells classes', async () => {
    const client = await connect();
    const asked = { choropleth: 'people', filters: { year: 2023 } };
    const { rows } = await values(server, 'people', { year: '2023' });
    const [less, more] = rows.filter(({ status }) => status === 'ok').sort((a, b) => a.value! - b.value!);
    const { differences } = await told<{ differences: object[] }>(client, 'compareRegions', {
      ...asked,
      regions: [less!.name, more!.code],
    });
    const difference = more!.value! - less!.value!;
    const times = more!.value! / less!.value!;
    assert.deepEqual(differences, [
      { higher: more!.name, lower: less!.name, difference, times, morePercent: (times - 1) * 100 },
    ]);
    const { classes } = await told<{ classes: { regions: number }[] }>(client, 'classBreaks', asked);
    assert.equal(
      classes.reduce((sum, { regions }) => sum + regions, 0),
      rows.filter(({ class: id }) => id !== null).length,
    );
  });

  it('shows the very pictures of the API', async () => {
    const client = await connect();
    const { content } = await call(client, 'picture', { choropleth: 'people', width: 200, height: 160 });
    const [part] = content;
    assert.ok(part?.type === 'image' && part.mimeType === 'image/png');
    const response = await fetch(`${server.url}/gis/choropleth/people/map.png?width=200&height=160`);
    assert.deepEqual(Buffer.from(part.data, 'base64'), Buffer.from(await response.arrayBuffer()));
    const legend = await call(client, 'picture', { choropleth: 'people', of: 'legend', format: 'svg' });
    const [drawing] = legend.content;
    assert.ok(drawing?.type === 'image' && drawing.mimeType === 'image/svg+xml');
    assert.match(Buffer.from(drawing.data, 'base64').toString(), /^<svg/);
  });

  it('has of what is not for everybody what the key has', async () => {
    const ids = async (client: Client) => ({
      maps: (await told<{ choropleths: { id: string }[] }>(client, 'listChoropleths')).choropleths.map(
        ({ id }) => id,
      ),
      layers: (await told<{ layers: { id: string }[] }>(client, 'listLayers')).layers.map(({ id }) => id),
    });
    const nobody = await connect();
    const seen = await ids(nobody);
    assert.deepEqual(seen.maps, ['people']);
    assert.ok(!seen.layers.includes('secrets') && seen.layers.includes('districts'));
    for (const [name, more] of [
      ['regionValues', {}],
      ['topRegions', {}],
      ['picture', {}],
      ['compareRegions', { regions: ['a', 'b'] }],
    ] as const) {
      assert.match(
        await refusal(nobody, name, { choropleth: 'closed', ...more }),
        /^choropleth_not_found/,
        name,
      );
      assert.equal(
        (await refusal(nobody, name, { choropleth: 'closed', ...more })).replaceAll('closed', 'none'),
        await refusal(nobody, name, { choropleth: 'none', ...more }),
      );
    }
    for (const [name, value] of [
      ['Authorization', `Bearer ${key}`],
      ['X-API-Key', key],
    ] as const) {
      const reader = await connect({ [name]: value });
      const more = await ids(reader);
      assert.deepEqual(more.maps.sort(), ['closed', 'people']);
      assert.ok(more.layers.includes('secrets'));
      await told(reader, 'regionValues', { choropleth: 'closed' });
    }
  });

  it('tells what is wrong with a call', async () => {
    const client = await connect();
    assert.match(
      await refusal(client, 'regionValue', { choropleth: 'people', region: 'zzz' }),
      /^unknown_region/,
    );
    assert.match(
      await refusal(client, 'regionValues', { choropleth: 'people', metric: 'm' }),
      /^invalid_parameter: metric must be one of n/,
    );
    assert.match(await refusal(client, 'picture', { choropleth: 'people', width: 9000 }), /width/);
    assert.match(
      await refusal(client, 'picture', { choropleth: 'people', filters: { planet: 'x' } }),
      /^unknown_parameter/,
    );
  });

  it('lets pages of named origins ask, and of no others, whatever origins may read', async () => {
    const ask = (origin: string | undefined) =>
      fetch(`${server.url}/mcp`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          Accept: 'application/json, text/event-stream',
          ...(origin === undefined ? {} : { Origin: origin }),
        },
        body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' }),
      });
    for (const origin of [undefined, 'https://maps.example', 'http://localhost:5173', server.url]) {
      const answer = await ask(origin);
      assert.equal(answer.status, 200, origin);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
      assert.equal(answer.headers.get('mcp-session-id'), null);
    }
    for (const origin of ['https://evil.example', 'null', 'http://localhost.evil.example']) {
      const answer = await ask(origin);
      assert.equal(answer.status, 403, origin);
      assert.equal(((await answer.json()) as { code: string }).code, 'origin_refused');
    }
  });

  it('keeps no session and opens no stream', async () => {
    const { headers } = await server.api.get('/mcp').expect(405);
    assert.match(String((headers as Record<string, string>).allow), /POST/);
    await server.api.delete('/mcp').expect(405);
    await server.api.post('/mcp').send([]).expect(400);
    await server.api.post('/mcp').send({ jsonrpc: '1.0' }).expect(400);
  });

  it('counts what its tools have made as the API does', async () => {
    const client = await connect();
    const picture = (width: number) => call(client, 'picture', { choropleth: 'people', width, height: 100 });
    // The minute may end in between: then the API has just begun to count anew.
    const refusedByBoth = async (width: number): Promise<boolean> => {
      const { isError, content } = await picture(width);
      if (!isError) return false;
      assert.match(JSON.stringify(content), /too_many_requests/);
      const { status } = await server.api.get(`/gis/choropleth/people/map.png?width=${width}&height=101`);
      return status === 429;
    };
    let width = 100;
    while (!(await refusedByBoth(width))) assert.ok(width++ < 140, 'nothing is counted');
    const { isError } = await picture(100);
    assert.ok(!isError, 'what is kept costs nothing');
  });

  it('is told of in /llms.txt, with the maps, layers and pages that there are for everybody', async () => {
    const { text, headers } = await server.api.get('/llms.txt').expect(200);
    assert.match(String((headers as Record<string, string>)['content-type']), /^text\/markdown/);
    assert.match(text, /^# Chorograph\n\n> .+\n/);
    assert.doesNotMatch(text, /hidden|closed|secrets/i);
    const links = [...text.matchAll(/\]\((\S+)\)/g)].map(([, url = '']) => url.replace(server.url, ''));
    assert.ok(
      links.includes('/gis/choropleth/people/values.csv') && links.includes('/docs/integrations/qgis'),
    );
    for (const path of links.filter((link) => link !== '/mcp')) {
      const { status } = await server.api.get(path);
      assert.equal(status, 200, path);
    }
    assert.ok(links.includes('/mcp'));
  });

  it('says the code alone of what is wrong with the server', async () => {
    const client = await connect();
    await server.run('alter table figures rename column n to gone');
    const args = { choropleth: 'people', filters: { year: 2024 } };
    const text = await eventually(async () => {
      const { isError, content } = await call(client, 'regionValues', args);
      return isError && content[0]?.type === 'text' ? content[0].text : undefined;
    });
    assert.match(text, /^[a-z_]+: [A-Z]/);
    assert.doesNotMatch(text, /column|select|gone|figures/);
  });
});
