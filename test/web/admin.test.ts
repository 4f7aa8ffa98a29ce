import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { record } from '../../server/audit/writing/record.ts';
import { createKey } from '../../server/security/keys.ts';
import { newServer, type TestServer } from '../support/environment.ts';
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
    await part(page, 'Health').getByText('database', { exact: true }).waitFor();
    const grave = part(page, 'Summary').locator('div', { has: page.getByText('Errors and critical') });
    assert.ok(Number(await grave.locator('dd').first().textContent()) >= 3);
    assert.equal(await page.locator('.timeline li').count(), 25);
    assert.match((await page.locator('.timeline').textContent()) ?? '', /[1-9]\d* events, [1-9]\d* grave/);

    await page.getByLabel('Words').fill('test.done');
    await page.getByLabel('Words').press('Enter');
    await events.getByText('test.broken × 3').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Refresh now: public.mv_visits' }).click();
    await part(page, 'Refreshes').getByText('succeeded').first().waitFor();
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
