import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { bbox } from '@turf/turf';
import type { Geometry } from 'geojson';
import type { Page } from 'playwright-core';
import { policyWith } from '../ask/policies.ts';
import { askServer, type AskServer } from '../ask/support.ts';
import { demoServer } from '../support/environment.ts';
import { inBrowser, mapDrawn, openPage } from './browser.ts';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe finds within the box for questions: rule and element. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(`axe.run('.ask').then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
}

/** Zoom, latitude and longitude in the address of the page. */
const camera = (url: string): [number, number, number] =>
  /\.map=([^&]*)/.exec(url)![1]!.split('/').map(Number) as [number, number, number];

inBrowser('the box for questions', (browser) => {
  let one: AskServer;

  before(async () => {
    one = await askServer(
      {},
      policyWith({ perMinute: { anonymous: 10_000, keyed: 10_000, calls: 10_000 }, deadlineMs: 60_000 }),
    );
  });
  beforeEach(() => {
    one.stub.mode = 'ok';
    one.stub.says = undefined;
  });

  const opened = async (options: Parameters<typeof openPage>[1] = {}, hash = '') => {
    const watched = await openPage(browser(), { locale: 'id-ID', ...options });
    await watched.page.goto(`${one.server.url}/${hash}`);
    await mapDrawn(watched.page);
    await watched.page.locator('.ask > summary').click();
    return watched;
  };
  const asked = async (page: Page, question: string): Promise<void> => {
    await page.locator('.ask textarea').fill(question);
    await page.locator('.ask textarea').press('Enter');
  };
  const said = (page: Page, state: string) => page.locator(`.ask-answer[data-state="${state}"]`);

  it('is there only where somebody answers, and visitors may ask', async () => {
    const { page, errors } = await openPage(browser());
    const without = await demoServer();
    await page.goto(without.url);
    await mapDrawn(page);
    assert.equal(await page.locator('.ask').isVisible(), false);
    await page.route('**/gemini/health', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ json: { ...((await response.json()) as object), access: 'key' } });
    });
    await page.goto(one.server.url);
    await mapDrawn(page);
    assert.equal(await page.locator('.ask').isVisible(), false);
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('answers a suggestion, and each source brings its region into view on its own map', async () => {
    const { page, errors } = await opened();
    assert.equal(await page.locator('.ask > summary').textContent(), 'Ajukan pertanyaan');
    await page.getByRole('button', { name: 'Provinsi mana yang memiliki santri terbanyak?' }).click();
    await said(page, 'answered').waitFor();
    const values = await one.server.api.get('/gis/choropleth/santri-provinsi/values.json').expect(200);
    const { columns, rows } = values.body as { columns: string[]; rows: unknown[][] };
    const [code, name, value] = ['code', 'name', 'value'].map((column) => columns.indexOf(column));
    const best = [...rows].sort((a, b) => Number(b[value!]) - Number(a[value!])).slice(0, 3);
    const answer = (await said(page, 'answered').textContent()) ?? '';
    for (const row of best)
      assert.ok(
        answer.includes(`${String(row[name!])}: ${Number(row[value!]).toLocaleString('id')}`),
        answer,
      );
    const sources = page.locator('.ask-sources button');
    assert.deepEqual(
      await sources.evaluateAll((all: { dataset: Record<string, string> }[]) =>
        all.map(({ dataset }) => dataset.region),
      ),
      best.map((row) => row[code!]),
    );
    await sources.nth(1).click();
    await page.locator(`.region-card[data-code="${String(best[1]![code!])}"]`).waitFor();
    await page.waitForURL(/#\/santri-provinsi\?.*\.map=/); // moved to it, from another country
    await mapDrawn(page);
    assert.equal(await page.locator('select[name=choropleth]').inputValue(), 'santri-provinsi');
    const [zoom, latitude, longitude] = camera(page.url());
    const { body } = await one.server.api.get('/gis/choropleth/santri-provinsi').expect(200);
    const { features } = body as { features: { properties: { code: string }; geometry: Geometry }[] };
    const [west, south, east, north] = bbox(
      features.find(({ properties }) => properties.code === best[1]![code!])!.geometry,
    );
    assert.ok(zoom > 5 && longitude > west && longitude < east && latitude > south && latitude < north);
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('shows the figures of a source as they were filtered for the answer', async () => {
    const { page } = await opened();
    await page.route('**/gemini/ask', async (route) => {
      const response = await route.fetch();
      const filters = { tahun: ['2024'] };
      const text = (await response.text()).replaceAll(
        '"level":',
        `"filters":${JSON.stringify(filters)},"level":`,
      );
      await route.fulfill({ response, body: text });
    });
    await asked(page, 'Berapa jumlah santri di Jawa Timur?');
    const source = page.locator('.ask-sources button');
    assert.match((await source.textContent()) ?? '', /Jawa Timur.*2024/);
    await source.click();
    await page.waitForURL(/tahun=2024/);
    await page.locator('.region-card[data-code="ID-JI"]').waitFor();
    await page.context().close();
  });

  it('tells each sentence as it comes, to a screen reader too, and stops when asked to', async () => {
    const { page, errors } = await opened();
    await page.evaluate(`{
      window.states = [];
      const answer = document.querySelector('.ask-answer');
      const note = () => states.at(-1) !== answer.dataset.state && states.push(answer.dataset.state);
      new MutationObserver(note).observe(answer, { attributes: true });
    }`);
    one.stub.mode = 'slow';
    await asked(page, 'Apa itu pesantren dan bagaimana sejarahnya?');
    await said(page, 'answered').waitFor();
    assert.deepEqual(await page.evaluate('states'), ['waiting', 'answering', 'answered']);
    const live = page.locator('.ask-answer');
    assert.deepEqual(
      [
        await live.getAttribute('aria-live'),
        await live.getAttribute('lang'),
        await live.locator('span').count(),
      ],
      ['polite', 'id', 2],
    );
    one.stub.mode = 'hang';
    await asked(page, 'Apa itu pesantren dan bagaimana masa depannya?');
    await said(page, 'waiting').waitFor();
    await page.getByRole('button', { name: 'Berhenti' }).click();
    await live.getByText('Dihentikan.').waitFor();
    await page.getByRole('button', { name: 'Tanya', exact: true }).waitFor();
    assert.deepEqual(errors, []);
    await page.context().close();
  });

  it('is used with the keyboard alone, from question to region', async () => {
    const { page } = await opened({ locale: 'en-GB' });
    await page.locator('.ask > summary').focus();
    for (let i = 0; i < 3; i++) await page.keyboard.press('Tab'); // two languages, then the question
    await page.keyboard.type('How many santri are there in Lampung?');
    await page.keyboard.press('Enter');
    await page.locator('.ask-sources').waitFor();
    for (let i = 0; i < 2; i++) await page.keyboard.press('Tab'); // the button, then the source
    await page.keyboard.press('Enter');
    await page.locator('.region-card[data-code="ID-LA"]').waitFor();
    await page.context().close();
  });

  it('says kindly what it will not talk about, and speaks the language that is chosen', async () => {
    const { page } = await opened({ locale: 'en-GB' });
    await asked(page, 'Who will win the next election?');
    await said(page, 'refused').waitFor();
    assert.match(
      (await said(page, 'refused').textContent()) ?? '',
      /^Sorry, I do not discuss .* I will gladly answer/,
    );
    assert.equal(await page.getByRole('alert').count(), 0);
    await page.getByRole('button', { name: 'Bahasa Indonesia' }).click();
    assert.equal(await page.locator('.ask').getAttribute('lang'), 'id');
    await page.getByText('Pertanyaan Anda').waitFor();
    await page.getByRole('button', { name: 'Apa itu pesantren?' }).waitFor();
    one.stub.mode = 'disobedient'; // what was said before the refusal is taken back
    await asked(page, 'Apa itu pesantren menurut sejarah?');
    await said(page, 'refused').waitFor();
    assert.doesNotMatch((await said(page, 'refused').textContent()) ?? '', /987|1,23/);
    await page.context().close();
  });

  it('tells of failures in plain words and asks again when told to', async () => {
    const { page } = await opened({ locale: 'en-GB' });
    const answer = page.locator('.ask-answer');
    const problem = async (status: number, code: string, words: RegExp): Promise<void> => {
      await page.route('**/gemini/ask', (route) =>
        route.fulfill({ status, headers: { 'Retry-After': '7' }, json: { code, title: 'inside' } }),
      );
      await asked(page, 'Apa itu santri?');
      await answer.getByText(words).waitFor();
      await page.unroute('**/gemini/ask');
    };
    await asked(page, 'Hm?');
    await answer.getByText('Please ask in 5 to 1000 characters.').waitFor();
    await problem(429, 'too_many_requests', /a lot of questions.*in 7 seconds/);
    await problem(429, 'ask_budget_spent', /come back tomorrow/);
    await problem(503, 'ask_busy', /just now.*in 7 seconds/);
    one.stub.mode = '401';
    await asked(page, 'Apa itu pesantren kilat?');
    await answer.getByText(/has to mend that/).waitFor();
    one.stub.mode = 'cut';
    await asked(page, 'Apa itu pesantren salaf dan modern?');
    await answer.getByText(/broke off here|just now/).waitFor();
    one.stub.mode = 'ok';
    await page.getByRole('button', { name: 'Try again' }).click();
    await said(page, 'answered').waitFor();
    await page.context().close();
  });

  for (const colorScheme of ['light', 'dark'] as const)
    it(`fits a phone and is clean to axe, ${colorScheme}`, async () => {
      const phone = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };
      const { page, errors } = await opened({ ...phone, colorScheme });
      await asked(page, 'Provinsi mana yang memiliki santri terbanyak?');
      await page.locator('.ask-sources').waitFor();
      assert.deepEqual(await findings(page), []);
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
      await page.locator('.ask-sources button').first().tap();
      await page.locator('.region-card').waitFor();
      await page.waitForFunction('document.querySelector(".map-frame").getBoundingClientRect().top >= 0');
      await asked(page, 'Siapa capres terbaik?');
      await said(page, 'refused').waitFor();
      assert.deepEqual(await findings(page), []);
      assert.deepEqual(errors, []);
      await page.context().close();
    });
});
