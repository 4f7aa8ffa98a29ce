import assert from 'node:assert/strict';
import { demoServer, once } from '../../support/environment.ts';
import { readPng } from '../forms/png.ts';
import {
  assertWellFormed,
  formsOf,
  HIDDEN,
  hostileServer,
  svgTexts,
  unescape,
  type Get,
} from '../forms/support.ts';

interface Legend {
  classes: { id: number; label: string; color: string; count: number }[];
  statuses: { color: string }[];
}

/** The regions of a drawing: name and value, and the box of the path in pixels of its panel. */
function regionsOf(svg: string) {
  return [...svg.matchAll(/<path d="([^"]+)"><title>([^<]*)<\/title><\/path>/g)].map((match) => ({
    ...boxOf(match[1] ?? ''),
    title: unescape(match[2] ?? ''),
  }));
}

/** Walks path data of M, relative l and z in tenths of a pixel. */
function boxOf(data: string) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const [, startX, startY, steps] of data.matchAll(/M(-?\d+) (-?\d+)l([^z]*)z/g)) {
    let [x, y] = [Number(startX) / 10, Number(startY) / 10];
    const numbers = [...(steps ?? '').matchAll(/-?\d+/g)].map(Number);
    for (let i = 0; i <= numbers.length; i += 2) {
      box.left = Math.min(box.left, x);
      box.right = Math.max(box.right, x);
      box.top = Math.min(box.top, y);
      box.bottom = Math.max(box.bottom, y);
      x += (numbers[i] ?? 0) / 10;
      y += (numbers[i + 1] ?? 0) / 10;
    }
  }
  return box;
}

once('picture of a choropleth', () => {
  let rates: Get;
  let airports: Get;
  let santri: Get;
  let grid: Get;

  before(async function () {
    const demo = await demoServer();
    rates = formsOf(demo, 'us-unemployment');
    airports = formsOf(demo, 'us-points');
    santri = formsOf(demo, 'santri-provinsi');
    grid = formsOf(await hostileServer(), 'grid');
  });

  it('has every region once, with its name and value', async () => {
    const { text, headers } = await santri('map.svg');
    assert.equal(headers['content-type'], 'image/svg+xml; charset=utf-8');
    assertWellFormed(text);
    const { rows } = (await santri('values.json')).body as { rows: [string, string, null, number][] };
    assert.deepEqual(
      regionsOf(text)
        .map(({ title }) => title)
        .sort(),
      rows.map(([, name, , value]) => `${name}: ${value.toLocaleString('en')}`).sort(),
    );
  });

  it('says by name what lies far from the mainland, and nothing where all is near', async () => {
    interface Places {
      mainland: number[] | null;
      far: { name: string; box: [number, number, number, number]; regions: number }[];
    }
    const { far, mainland } = (await rates('places.json')).body as Places;
    assert.deepEqual(
      far.slice(0, 3).map(({ name }) => name),
      ['Alaska', 'Hawaii', 'Puerto Rico'],
    );
    const insets = (await rates('map.svg')).text.match(/<clipPath /g)?.length;
    assert.equal(far.length + 1, insets, 'those that a picture has insets of');
    assert.ok(mainland && mainland[0]! > -130 && mainland[2]! < -60);
    const [alaska, hawaii] = far;
    assert.ok(alaska!.box[2] > 180, 'the Aleutians go on beyond the antimeridian');
    assert.ok(alaska!.box[0] > 170 && alaska!.box[3] < 72);
    assert.equal(hawaii!.regions, 5);
    const ofStates = (await rates('places.json?level=us-counties&parent=15')).body as Places;
    assert.deepEqual(ofStates.far, [], 'one state alone has nothing far from it');
    assert.deepEqual(((await santri('places.json')).body as Places).far, []);
  });

  it('lays regions out as they lie: west to the left, north above', async () => {
    for (const projection of ['equal-area', 'mercator']) {
      const regions = regionsOf((await grid(`map.svg?projection=${projection}&locale=en`)).text);
      const of = (start: string) => regions.find(({ title }) => title.startsWith(start))!;
      assert.ok(of('Region b1').right <= of('Region b2').left + 1);
      assert.ok(of('Region b5').bottom <= of('Region b1').top + 1);
      // A grid on the equator keeps its squares in both projections.
      const { left, right, top, bottom } = of('Region b2');
      assert.ok(Math.abs((right - left) / (bottom - top) - 1) < 0.02, projection);
    }
  });

  it('gives equal areas to regions of equal area, unlike Mercator', async () => {
    const share = async (projection: string) => {
      const { text } = await rates(`map.svg?level=us-counties&bbox=-180,50,-128,72&projection=${projection}`);
      const of = (name: string) => areaOf(text, name);
      return of('North Slope') / of('Kodiak Island');
    };
    const [equal, mercator] = [await share('equal-area'), await share('mercator')];
    // Land of 229,720 and of some 17,000 km²; Mercator shows the north too large.
    assert.ok(mercator > 1.5 * equal, `${mercator} against ${equal}`);
  });

  it('draws the Aleutians on one side, though the antimeridian parts them', async () => {
    for (const form of [
      'map.svg?parent=02',
      'map.svg?bbox=170,50,-128,72',
      'map.svg?parent=02&projection=mercator',
    ]) {
      const regions = regionsOf((await airports(form)).text);
      const aleutians = regions.find(({ title }) => title.startsWith('Aleutians West'))!;
      const southeast = regions.find(({ title }) => title.startsWith('Juneau'))!;
      const map = {
        left: Math.min(...regions.map(({ left }) => left)),
        right: Math.max(...regions.map(({ right }) => right)),
      };
      assert.ok(aleutians.right < southeast.left, form);
      assert.ok(aleutians.right - aleutians.left < 0.4 * (map.right - map.left), form);
    }
  });

  it('gives far islands insets, and none where a box was asked for', async () => {
    const insets = (svg: string) => svg.match(/<clipPath/g)!.length - 1;
    const whole = (await rates('map.svg')).text;
    assert.equal(insets(whole), 5); // Alaska, Hawaii, Puerto Rico, Guam, Samoa
    const { rows } = (await rates('values.json')).body as { rows: unknown[] };
    assert.ok(regionsOf(whole).length >= rows.length);
    assert.equal(insets((await rates('map.svg?bbox=-180,-20,180,75')).text), 0);
    assert.equal(insets((await santri('map.svg')).text), 0);
  });

  it('shows the box that was asked for, whole', async () => {
    const { text } = await rates('map.svg?bbox=-109.05,37,-102.05,41&bare=true&width=700&height=500');
    const regions = regionsOf(text).filter(
      ({ left, right, top, bottom }) => right > 5 && left < 690 && bottom > 5 && top < 490,
    );
    const titles = regions.map(({ title }) => title.split(':')[0]);
    // Colorado fills the box; its corners touch Utah and Kansas.
    for (const name of ['Moffat', 'Baca', 'Denver', 'Montezuma', 'Sedgwick'])
      assert.ok(titles.includes(name), name);
    assert.ok(!titles.includes('Los Angeles'));
  });

  it('is a PNG of the size asked for, in the colours of the classes', async () => {
    const { classes, statuses } = (await rates('legend.json')).body as Legend;
    for (const [query, width, height] of [
      ['', 960, 600],
      ['?width=640&height=400&scale=2&projection=mercator', 1280, 800],
      ['?bare=true&width=400&height=400&theme=dark', 400, 400],
    ] as const) {
      const picture = readPng((await rates(`map.png${query}`)).bytes);
      assert.deepEqual([picture.width, picture.height], [width, height]);
      for (const { color } of classes) assert.ok(picture.count(color) > 400, `${query}: ${color}`);
    }
    const picture = readPng((await rates('map.png')).bytes);
    assert.ok(picture.count(statuses[0]!.color) > 50);
    assert.ok(picture.count('#ffffff') > 100_000);
  });

  it('hatches what is suppressed and says so, without its value', async () => {
    const { text } = await grid('map.svg');
    const hatched = /<g fill="url\(#map-rising\)">(.*?)<\/g>/.exec(text)?.[1] ?? '';
    assert.deepEqual(
      regionsOf(hatched).map(({ title }) => title),
      HIDDEN.map((code) => `Region ${code}: Suppressed`),
    );
    assertWellFormed(text);
    const picture = readPng((await grid('map.png')).bytes);
    assert.ok(picture.count('#6d737b', 50) > 2000); // lines of the hatching, softened
    assert.ok(picture.count('#d9d9d9', 10) > 2000); // and between them
  });

  it('says title, legend, filter and source, or is bare', async () => {
    const full = svgTexts((await santri('map.svg?tahun=2023&locale=id')).text);
    assert.ok(full.includes('Santri per provinsi (synthetic)'));
    assert.ok(full.includes('tahun: 2023'));
    assert.ok(full.some((text) => text.startsWith('Synthetic data')));
    const { classes } = (await santri('legend.json?tahun=2023&locale=id')).body as Legend;
    for (const { label } of classes) assert.ok(full.includes(label), label);
    assert.deepEqual(svgTexts((await santri('map.svg?bare=true')).text), []);
    assert.ok(svgTexts((await rates('map.svg?parent=06,41')).text).includes('California, Oregon'));
  });

  it('stays a map where there is room for nothing else', async () => {
    const picture = readPng((await rates('map.png?width=64&height=64')).bytes);
    assert.deepEqual([picture.width, picture.height], [64, 64]);
    const paper = picture.count('#ffffff');
    assert.ok(paper > 500 && paper < 3500, String(paper));
  });

  it('draws a box without regions as an empty map', async () => {
    const { text } = await santri('map.svg?bbox=-10,40,10,50');
    assert.deepEqual(regionsOf(text), []);
    assertWellFormed(text);
  });
});

function areaOf(svg: string, name: string): number {
  const data = new RegExp(`<path d="([^"]+)"><title>${name}:`).exec(svg)?.[1] ?? '';
  let area = 0;
  for (const [, , , steps] of data.matchAll(/M(-?\d+) (-?\d+)l([^z]*)z/g)) {
    const numbers = [...(steps ?? '').matchAll(/-?\d+/g)].map(Number);
    let [x, y, ring] = [0, 0, 0];
    for (let i = 0; i < numbers.length; i += 2) {
      const [nextX, nextY] = [x + numbers[i]!, y + numbers[i + 1]!];
      ring += x * nextY - nextX * y;
      [x, y] = [nextX, nextY];
    }
    area += Math.abs(ring) / 2;
  }
  assert.ok(area > 0, name);
  return area;
}
