import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { record } from '../../server/audit/writing/record.ts';
import { createKey } from '../../server/security/keys.ts';
import { quantile, readMetrics, total } from '../../web/src/admin/prometheus.ts';
import { groupOf, rates, trafficOf } from '../../web/src/admin/traffic.ts';
import { newServer, once, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { inBrowser, openPage } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const SQL = `
  create table area (code text primary key, name text not null, geom geometry(Polygon, 4326));
  insert into area select 'A' || i, 'Area ' || i, st_makeenvelope(i, 0, i + 1, 1, 4326) from generate_series(0, 3) i;
  create materialized view mv_visits as select code, 1 as n from area;
  create unique index on mv_visits (code);`;
const MAPS = `
regions:
  areas: { table: public.area, geometry: geom, code: code, name: name }
choropleths:
  visits:
    regions: areas
    cube: { view: public.mv_visits, region: code }
    metrics: { n: { sum: n, label: Visits } }
`;

const METRICS = `# TYPE chorograph_tiles_total counter
chorograph_tiles_total{layer="a \\"b\\", c",cache="hit"} 6
chorograph_tiles_total{layer="a",cache="shared"} 3
chorograph_tiles_total{layer="a",cache="miss"} 1
chorograph_http_requests_total{route="/tiles/:layers/:z/:x/:y.:format",method="GET",status="2xx"} 90
chorograph_http_requests_total{route="/tiles/:layers/:z/:x/:y.:format",method="GET",status="5xx"} 10
chorograph_http_requests_total{route="/health",method="GET",status="2xx"} 5
chorograph_http_request_duration_seconds_bucket{le="0.1",route="/tiles/:layers/:z/:x/:y.:format"} 50
chorograph_http_request_duration_seconds_bucket{le="0.2",route="/tiles/:layers/:z/:x/:y.:format"} 100
chorograph_http_request_duration_seconds_bucket{le="+Inf",route="/tiles/:layers/:z/:x/:y.:format"} 100
process_cpu_seconds_total 1
`;

once('what the page for operators reads of the metrics', () => {
  it('is what they say', () => {
    const samples = readMetrics(METRICS);
    assert.equal(samples.get('tiles_total')?.[0]?.labels.layer, 'a "b", c');
    assert.equal(total(samples, 'http_requests_total'), 105);
    assert.equal(samples.has('cpu_seconds_total'), false);
    const traffic = trafficOf(samples, 1000);
    assert.equal(traffic.tileHits, 0.9);
    assert.equal(traffic.answerHits, undefined, 'nobody asked, so there is no share');
    assert.deepEqual(
      traffic.groups.map(({ group, requests, failed, p50, p95 }) => [group, requests, failed, p50, p95]),
      [
        ['tiles', 100, 10, 0.1, 0.19],
        ['operations', 5, 0, undefined, undefined],
      ],
    );
    assert.equal(
      quantile(
        [
          [1, 0],
          [Infinity, 4],
        ],
        0.5,
      ),
      1,
      'as much as is known of what is above all bounds',
    );
    assert.equal(groupOf('/gis/choropleth/:id/tiles/:z/:x/:y.:format'), 'tiles');
    assert.equal(groupOf('static'), 'pages');
    const later = { ...traffic, at: 3000, requests: 125 };
    const anew = { ...traffic, at: 4000, requests: 7 };
    assert.deepEqual(
      rates([traffic, later, anew]).map(({ rate }) => rate),
      [10, 7],
    );
  });
});

inBrowser('the page for operators', (browser) => {
  let server: TestServer;
  const keys: Record<string, string> = {};

  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS, environment: { CHOROGRAPH_LIMIT_DOCUMENTS: '1/1000' } });
    const scopes = { operator: ['audit', 'refresh'], auditor: ['audit'], other: ['search'] } as const;
    for (const [name, own] of Object.entries(scopes))
      keys[name] = (await createKey(server.ctx.db, { name, scopes: own })).key;
    const event = { actor: 'server', outcome: 'done' } as const;
    await record(
      server.ctx.db,
      { ...event, severity: 'error', action: 'test.broken', note: '<img src=x onerror=alert(1)>', times: 3 },
      { ...event, severity: 'info', action: 'test.done' },
    );
    for (let i = 0; i < 3; i++) await server.api.get('/features/area');
    await server.api.get('/tiles/area/2/2/1.mvt').expect(200);
  });

  const opened = async (name: string, options: Parameters<typeof openPage>[1] = {}) => {
    const watched = await openPage(browser(), options);
    await watched.page.goto(`${server.url}/admin`);
    await watched.page.locator('input[type=password]').fill(keys[name] ?? name);
    await watched.page.getByRole('button', { name: 'Open' }).click();
    return watched;
  };
  const part = (page: Page, name: string) => page.getByRole('region', { name, exact: true }).first();
  const findings = async (page: Page): Promise<string[]> => {
    await page.evaluate(AXE);
    return page.evaluate(`axe.run().then(({ violations }) =>
      violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
  };

  it('shows what was done, refreshes, and keeps the key in memory alone', async () => {
    const { page, errors, requests } = await opened('operator');
    const events = part(page, 'Recent events');
    await events.getByText('test.broken × 3').waitFor();
    await events.getByText('<img src=x onerror=alert(1)>').waitFor(); // as text
    await part(page, 'Limits').getByText('documents').waitFor();
    await part(page, 'Health').getByText('Database', { exact: true }).waitFor();
    await part(page, 'Traffic').getByRole('cell', { name: 'Features, search, OGC' }).waitFor();
    await part(page, 'Slowest tiles').getByRole('cell', { name: '2/2/1' }).first().waitFor();
    const grave = part(page, 'Summary').locator('div', { has: page.getByText('Errors and critical') });
    assert.ok(Number(await grave.locator('dd').first().textContent()) >= 3);
    assert.equal(await page.locator('.timeline li').count(), 25);
    assert.match((await page.locator('.timeline').textContent()) ?? '', /[1-9]\d* events, [1-9]\d* grave/);

    await page.getByLabel('Words').fill('test.done');
    await page.getByLabel('Words').press('Enter');
    await events.getByText('test.broken × 3').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Refresh now: public.mv_visits' }).click();
    await part(page, 'Refreshes').getByRole('cell', { name: 'succeeded' }).first().waitFor();
    const runs = part(page, 'Refreshes');
    await runs.getByRole('img', { name: /\d runs of 1 views since .*, 0 failed/ }).waitFor();
    assert.ok((await runs.locator('.lane-bar.lane-succeeded').count()) > 0);
    // What stays the same stays where it is: nothing flashes, and no row is lost by who reads it.
    // The figures of the refresh may still come in, and they are drawn.
    await eventually(async () => {
      await page.evaluate(`document.querySelector('.counts.views').isKept = true`);
      await Promise.all([
        page.waitForResponse(/metrics\/slowest$/),
        page.getByRole('button', { name: 'Reload' }).click(),
      ]);
      await part(page, 'Traffic')
        .getByRole('img', { name: /Requests a second while this page is open/ })
        .waitFor();
      return page.evaluate(`document.querySelector('.counts.views').isKept`);
    }, 'what did not change stays');
    await page.getByLabel('Words').fill('refresh.requested');
    await page.getByLabel('Words').press('Enter');
    await events.getByText('view:public.mv_visits').first().waitFor();

    const kept =
      await page.evaluate(`JSON.stringify([localStorage, sessionStorage, document.cookie, location.href,
      document.querySelector('input[type=password]')?.value ?? ''])`);
    assert.deepEqual(kept, JSON.stringify([{}, {}, '', `${server.url}/admin`, '']));
    assert.equal((await page.content()).includes(keys.operator!), false);
    assert.deepEqual(
      requests.filter((url) => !url.startsWith(server.url) || url.includes('cg_')),
      [],
    );
    await page.getByRole('button', { name: 'Forget the key' }).click();
    await page.locator('input[type=password]').waitFor();
    assert.equal(await page.locator('.timeline').count(), 0);
    await page.locator('.site-menu > summary').click();
    await page.getByLabel('Language', { exact: true }).selectOption('id');
    await page.getByLabel('Kunci API dengan cakupan audit').fill(keys.operator!);
    await page.keyboard.press('Enter');
    await part(page, 'Ubin paling lambat').getByRole('cell', { name: '2/2/1' }).first().waitFor();
    await part(page, 'Penyegaran').getByRole('cell', { name: 'berhasil' }).first().waitFor();
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('tells a key that is not good, or may not read or refresh', async () => {
    for (const [key, words] of [
      ['cg_000000000000_nobodys', 'This key is not good.'],
      ['other', 'This key may not read the audit log: it needs the scope audit.'],
    ] as const) {
      const { page } = await opened(key);
      await page.getByRole('status').getByText(words).waitFor();
      assert.equal(await page.locator('section').count(), 0);
      await page.context().close();
    }
    const { page } = await opened('auditor');
    await page.getByRole('button', { name: 'Refresh now: public.mv_visits' }).click();
    await part(page, 'Refreshes').getByText('it needs the scope refresh').waitFor();
    assert.equal(await page.getByRole('button', { name: 'Refresh now: public.mv_visits' }).count(), 0);
    await page.context().close();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    it(`fits a phone and is clean to axe, ${colorScheme}`, async () => {
      const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
      const { page, errors } = await openPage(browser(), { ...phone, colorScheme });
      await page.goto(`${server.url}/admin`);
      await page.locator('input[type=password]').waitFor();
      assert.deepEqual(await findings(page), []);
      await page.locator('input[type=password]').fill(keys.operator!);
      await page.keyboard.press('Enter');
      await part(page, 'Recent events').getByRole('table').waitFor();
      assert.deepEqual(await findings(page), []);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
      assert.deepEqual(errors, []);
      await page.context().close();
    });
});
