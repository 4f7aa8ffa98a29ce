import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import type { ListedChoropleth } from '../../web/src/choropleth.ts';
import type { Answer } from '../../web/src/answer.ts';
import { fromAddress, toAddress } from '../../web/src/compare/address.ts';
import { bothIn, inClassesOfLeft, mismatches, pairOf } from '../../web/src/compare/pairing.ts';
import { demoServer, once, type TestServer } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { axeFinds, colorsAt, inBrowser, openPage, type WatchedPage } from './browser.ts';

const classify = { metric: 'n', method: 'quantile', classes: 5, scheme: 'YlOrRd', reverse: false };
const entry = (id: string, more: object = {}): ListedChoropleth => ({
  id,
  title: id,
  available: true,
  levels: ['kabupaten'],
  levelLabels: {},
  dimensions: [],
  metrics: [{ id: 'n', kind: 'sum', label: 'N' }],
  classify,
  ...more,
});
const YEARS = {
  time: 'tahun',
  dimensions: [{ id: 'tahun', label: 'Tahun', values: ['2021', '2022', '2023'] }],
};

once('the address of a comparison', () => {
  const listed = [
    entry('a', YEARS),
    entry('b'),
    entry('c', { levels: ['x'], metrics: [...'nm'].map((id) => ({ id, kind: 'ratio', label: id })) }),
    entry('d', { levels: ['y'] }),
  ];

  it('brings everything back', () => {
    const given =
      '#left=/a%3Fclasses%3D4%26.region%3D1.2&right=/b%3Fscheme%3DBlues&mode=swipe&at=30&same=false';
    const read = fromAddress(given, listed);
    assert.ok(read);
    assert.equal(toAddress(read), given);
    assert.deepEqual([read.left.state.classes, read.left.state.region, read.at], [4, '1.2', 30]);
  });

  it('proposes the period before, else the next, else another figure of the same regions', () => {
    const beside = (left: string): [string, unknown] => {
      const right = fromAddress(`#${new URLSearchParams({ left })}`, listed)?.right;
      return [right?.choropleth.id ?? '', right?.state.filters.tahun?.[0] ?? right?.state.metric];
    };
    assert.deepEqual(beside('/a?tahun=2023&.region=1&.map=4/1/2'), ['a', '2022']);
    assert.deepEqual(beside('/a?tahun=2021'), ['a', '2022']);
    assert.deepEqual(beside('/a'), ['a', '2023'], 'the latest beside all together');
    assert.deepEqual(beside('/b'), ['a', 'n'], 'of the same regions');
    assert.deepEqual(beside('/c'), ['c', 'm']);
    assert.deepEqual(beside('/d'), ['d', 'n'], 'there is nothing else');
    assert.deepEqual(beside('/gone'), ['a', '2023']);
    assert.equal(fromAddress('', []), undefined);
    assert.equal(fromAddress('#left=/a&at=half', listed)?.at, 50);
  });
});

/** An answer as far as regions are joined by it. */
function answerOf(rows: readonly (readonly [code: string, name: string, value: number | null])[]): Answer {
  const regions = rows.map(([code, name, value]) => ({
    code,
    name,
    value,
    class: value === null ? null : 0,
  }));
  return {
    regions,
    byCode: new Map(regions.map((region) => [region.code, region])),
    statuses: [],
    classes: [
      { id: 0, lower: 1, upper: 5, color: '#aaa', isolated: false, count: 0, label: '' },
      { id: 1, lower: 5, upper: 10, color: '#bbb', isolated: false, count: 0, label: '' },
    ],
    style: { metadata: {} },
    metric: { kind: 'sum' },
  } as unknown as Answer;
}

once('the regions of two maps', () => {
  const left = answerOf([
    ['1', 'Aceh', 2],
    ['2', 'Bali', 7],
    ['3', 'Riau', null],
  ]);

  it('are told where they do not match', () => {
    assert.equal(mismatches(left, left), '');
    const right = answerOf([
      ['1', 'ACEH', 3],
      ['2', 'Banten', 4],
      ['4', 'Papua', 5],
    ]);
    assert.equal(
      mismatches(left, right),
      'Regions on the left map alone: 1. Regions on the right map alone: 1. ' +
        'Regions with another name on the right: 1, such as Bali / Banten (2).',
    );
    assert.match(mismatches(left, answerOf([['9', 'X', 1]])), /no region in common/);
    assert.deepEqual(pairOf(left, right, '2').difference, 3);
    assert.deepEqual(pairOf(left, right, '3').difference, null);
    assert.deepEqual(
      bothIn(left, right).regions.map(({ code, second }) => [code, second]),
      [
        ['1', 3],
        ['2', 4],
        ['3', null],
        ['4', 5],
      ],
    );
  });

  it('are in the classes of the left, the outermost where they lie beyond both ends', () => {
    const right = answerOf([
      ['1', 'Aceh', 0.5],
      ['2', 'Bali', 6],
      ['3', 'Riau', 40],
      ['4', 'Papua', null],
    ]);
    const shared = inClassesOfLeft(left, right);
    assert.deepEqual(
      shared.right.regions.map((region) => region.class),
      [0, 1, 1, null],
    );
    assert.deepEqual(
      shared.right.classes.map(({ count, lower, upper }) => [count, lower, upper]),
      [
        [1, 0.5, 5],
        [2, 5, 40],
      ],
    );
    assert.deepEqual(
      shared.left.classes.map(({ label }) => label),
      shared.right.classes.map(({ label }) => label),
    );
  });
});

inBrowser('two maps that are compared', (browser) => {
  let server: TestServer;
  let watched: WatchedPage;
  let page: Page;

  before(async () => {
    server = await demoServer();
    watched = await openPage(browser());
    page = watched.page;
  });
  after(() => page.context().close());

  async function drawn(): Promise<void> {
    await eventually(async () => (await page.locator('.loading-bar:visible').count()) === 0);
    await eventually(async () => (await page.locator('.map[aria-busy="false"]').count()) === 2);
  }

  /** Places of the page by where they are within a map, from its top left. */
  async function placesIn(side: string, places: readonly { x: number; y: number }[]) {
    const box = await page.locator(`.map-frame.is-${side}`).boundingBox();
    assert.ok(box);
    return places.map(({ x, y }) => ({ x: box.x + x, y: box.y + y }));
  }

  async function hovered(side: string, place: { x: number; y: number }): Promise<string | null> {
    const [at] = await placesIn(side, [place]);
    await page.mouse.move(0, 0);
    await page.mouse.move(at!.x, at!.y);
    const tooltip = page.locator('.tooltip');
    return (await tooltip.isVisible()) ? tooltip.getAttribute('data-code') : null;
  }

  /** Colour of each region by code, as the API says. */
  async function colorsOf(query: string): Promise<Map<string, string>> {
    const get = async <T>(form: string): Promise<T> =>
      (await server.api.get(`/gis/choropleth/us-points/${form}?${query}`).expect(200)).body as T;
    const { classes } = await get<{ classes: { id: number; color: string }[] }>('classes.json');
    const { rows, columns } = await get<{ rows: unknown[][]; columns: string[] }>('values.json');
    const at = columns.indexOf('class');
    return new Map(
      rows.map((row) => [String(row[0]), classes.find(({ id }) => id === row[at])?.color ?? '']),
    );
  }

  const CENTER = { x: 300, y: 200 };

  it('opens from the explorer with the map at hand on the left and the period before on the right', async () => {
    await page.goto(`${server.url}/#/santri-provinsi?tahun=2023&metric=pct_miskin`);
    await page.locator('.map[aria-busy="false"]').waitFor();
    await page.getByRole('link', { name: 'Compare', exact: true }).last().focus();
    await page.keyboard.press('Enter');
    await drawn();
    assert.deepEqual(await page.locator('.period-name').allTextContents(), ['2023', '2022']);
    assert.match(page.url(), /\/compare#left=.*2023.*&right=.*2022/);
    const labels = async (side: number) =>
      page.locator('.legend').nth(side).locator('.legend-label').allTextContents();
    assert.deepEqual((await labels(0)).slice(0, 5), (await labels(1)).slice(0, 5), 'the same classes');
    assert.equal(await page.locator('.divider').isVisible(), false);
    await page.locator('.regions input[type=search]').fill('Sulawesi Utara');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    const card = page.locator('.pair-card');
    await card.waitFor();
    assert.equal(await card.locator('h2').textContent(), 'Sulawesi Utara');
    assert.deepEqual(await card.locator('dt').allTextContents(), ['Left', 'Right']);
    assert.match(page.url(), /\.region%3D/);
    assert.deepEqual(await axeFinds(page), []);
    assert.deepEqual(watched.errors, []);
  });

  it('moves both, tells both values and colours both as the server does', async () => {
    await page.goto(
      `${server.url}/compare#left=/us-points%3Fclasses%3D4%26.map%3D5.5/38.5/-112&right=/us-points%3Fmethod%3Dequal`,
    );
    await eventually(async () => {
      const titles = await page.locator('.legend h2').allTextContents();
      return titles.join() === 'Airports per county,Airports per county';
    });
    await drawn();
    const left = await colorsOf('classes=4');
    const places = [120, 300, 480].flatMap((x) => [80, 190, 300].map((y) => ({ x, y })));
    const seen = await colorsAt(page, [
      ...(await placesIn('left', places)),
      ...(await placesIn('right', places)),
    ]);
    let compared = 0;
    for (const [i, place] of places.entries()) {
      if (seen[i] !== seen[i + places.length]) continue; // a border
      const code = await hovered(i % 2 ? 'left' : 'right', place);
      if (code === null || ![...left.values()].includes(seen[i]!)) continue;
      compared++;
      assert.equal(seen[i], left.get(code), code);
    }
    assert.ok(compared > places.length / 2, `${compared} of ${places.length} points`);
    await page.mouse.move(0, 0);
    const box = await page.locator('.map-frame.is-right').boundingBox();
    assert.ok(box);
    const plain = await page.screenshot({ clip: box });
    const code = await hovered('left', CENTER);
    assert.ok(code);
    await page.locator('.tooltip').evaluate('(tooltip) => (tooltip.style.opacity = 0)');
    await eventually(
      async () => !(await page.screenshot({ clip: box })).equals(plain),
      'its outline on the right',
    );
    assert.deepEqual(await page.locator('.tooltip .pair-side').allTextContents(), ['Left', 'Right']);

    // The keyboard moves the left, the wheel the right; both stay together.
    await page.locator('.is-left canvas').focus();
    await page.keyboard.press('ArrowRight');
    await eventually(async () => (await hovered('left', CENTER)) !== code);
    await drawn();
    assert.equal(await hovered('right', CENTER), await hovered('left', CENTER));
    const address = page.url();
    const [at] = await placesIn('right', [CENTER]);
    await page.mouse.move(at!.x, at!.y);
    await page.mouse.wheel(0, 400);
    await eventually(() => Promise.resolve(page.url() !== address));
    await drawn();
    assert.equal(await hovered('right', { x: 340, y: 220 }), await hovered('left', { x: 340, y: 220 }));

    // Each side with classes of its own.
    await page.getByLabel('Same classes on both').uncheck();
    assert.match(page.url(), /same=false/);
    const own = await page.locator('.legend').nth(1).locator('.legend-label').allTextContents();
    assert.notDeepEqual(own, await page.locator('.legend').nth(0).locator('.legend-label').allTextContents());
    assert.deepEqual(watched.errors, []);
  });

  it('swipes with the keyboard, the mouse and a finger, and says what cannot be compared', async () => {
    await page.getByRole('button', { name: 'Swipe' }).click();
    const divider = page.getByRole('slider', { name: 'Divider' });
    await divider.focus();
    await page.keyboard.press('ArrowLeft');
    assert.equal(await divider.getAttribute('aria-valuenow'), '48');
    await page.keyboard.press('End');
    assert.equal(await divider.getAttribute('aria-valuenow'), '100');
    await page.keyboard.press('Home');
    await page.keyboard.press('PageUp');
    assert.match(page.url(), /mode=swipe&at=10/);
    const box = await divider.boundingBox();
    assert.ok(box);
    await page.mouse.move(box.x + box.width / 2, box.y + 20);
    await page.mouse.down();
    await page.mouse.move(640, box.y + 60);
    await page.mouse.up();
    assert.equal(await divider.getAttribute('aria-valuenow'), '50');
    const finger = await page.context().newCDPSession(page);
    const touch = (type: string, x?: number): Promise<unknown> =>
      finger.send(
        'Input.dispatchTouchEvent' as never,
        { type, touchPoints: x === undefined ? [] : [{ x, y: box.y + 40 }] } as never,
      );
    await touch('touchStart', 640);
    await touch('touchMove', 320);
    await touch('touchEnd');
    await eventually(async () => (await divider.getAttribute('aria-valuenow')) === '25');
    // Left of the divider is the left map, right of it the right one.
    const frameAt = (x: number): Promise<string> =>
      page.evaluate(`document.elementFromPoint(${x}, 320).closest('.map-frame').className`);
    assert.match(await frameAt(250), /is-left/);
    assert.match(await frameAt(400), /is-right/);

    await page.locator('.is-right select[name=choropleth]').selectOption('santri-provinsi');
    await page.locator('.compare-note', { hasText: 'no region in common' }).waitFor();
    assert.match((await page.locator('.compare-note').textContent()) ?? '', /moves by itself/);
    assert.equal(await page.getByLabel('Same classes on both').isDisabled(), false, 'both are counts');
    await page.getByRole('button', { name: 'Swap left and right' }).click();
    await drawn();
    assert.equal(await page.locator('.is-left select[name=choropleth]').inputValue(), 'santri-provinsi');

    await page.emulateMedia({ colorScheme: 'dark' });
    await page.setViewportSize({ width: 390, height: 844 });
    await drawn();
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 390);
    assert.deepEqual(await axeFinds(page), []);
    const foreign = watched.requests.filter(
      (url) => !url.startsWith(`${server.url}/`) && !/^(blob|data):/.test(url),
    );
    assert.deepEqual(foreign, []);
    assert.deepEqual(watched.errors, []);
  });
});
