import assert from 'node:assert/strict';
import { inflateSync } from 'node:zlib';
import { expression, latest, validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import { METHODS } from '../../../server/choropleth/classify/index.ts';
import { demoServer, once, type TestServer } from '../../support/environment.ts';
import { values } from '../support.ts';

interface Style {
  sprite: string;
  sources: Record<string, { tiles: string[]; promoteId: Record<string, string> }>;
  layers: { id: string; type: string; filter?: unknown; paint: Record<string, unknown> }[];
}

interface Classes {
  classes: { id: number; color: string }[];
}

const CHOROPLETHS = ['us-unemployment', 'us-points', 'santri-provinsi', 'pesantren-provinsi'];

once('The style of a choropleth', () => {
  let server: TestServer;
  before(async () => void (server = await demoServer()));

  const get = async <T>(id: string, form: string, query: object): Promise<T> => {
    const { body, status } = await server.api.get(`/gis/choropleth/${id}/${form}`).query(query);
    assert.equal(status, 200, JSON.stringify(body));
    return body as T;
  };

  /** The colour that MapLibre gives a region, by its own evaluation of the expression. */
  const painter = (style: Style) => {
    const fill = style.layers.find(({ id }) => id === 'regions')!.paint['fill-color'];
    const compiled = expression.createExpression(
      fill,
      'fill-color',
      latest.paint_fill['fill-color'] as never,
    );
    if (compiled.result === 'error') throw new Error(JSON.stringify(compiled.value));
    return (properties: Record<string, unknown>): string => {
      const color = compiled.value.evaluate({ zoom: 5 } as never, { type: 3, properties } as never) as {
        r: number;
        g: number;
        b: number;
      };
      const hex = [color.r, color.g, color.b].map((part) =>
        Math.round(part * 255)
          .toString(16)
          .padStart(2, '0'),
      );
      return `#${hex.join('')}`;
    };
  };

  for (const id of CHOROPLETHS) {
    for (const method of METHODS) {
      for (const isolate of [undefined, '0']) {
        it(`colours every region of ${id} as its class, ${method}${isolate ? ', zeros apart' : ''}`, async function () {
          const query = {
            method,
            ...(method === 'manual' ? { breaks: '3,5.4,8,60,395' } : {}),
            // These two have no place for zeros among their classes.
            ...((isolate ?? (method === 'geometric' || method === 'log' ? '0' : undefined))
              ? { isolate: '0' }
              : {}),
          };
          const style = await get<Style>(id, 'style.json', query);
          const paint = painter(style);
          const { classes } = await get<Classes>(id, 'classes.json', query);
          const { rows } = await values(server, id, query);
          const neutral = paint({});
          let compared = 0;
          for (const row of rows) {
            const { value, status } = row;
            const painted = paint(value === null ? { status } : { value, status });
            const expected = row.class === null ? neutral : classes.find((c) => c.id === row.class)?.color;
            assert.equal(painted, expected, `${row.code} = ${value} is of class ${row.class}`);
            compared++;
          }
          assert.ok(compared >= 33);
        });
      }
    }
  }

  it('is a valid MapLibre style with everything it needs', async () => {
    for (const id of CHOROPLETHS) {
      for (const theme of ['light', 'dark']) {
        const style = await get<Style>(id, 'style.json', { theme });
        assert.deepEqual(validateStyleMin(style as never), []);
        assert.deepEqual(
          style.layers.map((layer) => layer.id),
          ['background', 'regions', 'regions-suppressed', 'regions-unreliable', 'outlines', 'hover'],
        );
        assert.deepEqual(style.sources.choropleth!.promoteId, { [id]: 'code' });
        const index = await server.api.get(new URL(`${style.sprite}.json`).pathname);
        const patterns = style.layers.flatMap(({ paint }) => paint['fill-pattern'] ?? []);
        assert.equal(patterns.length, 2);
        for (const pattern of patterns) assert.ok((index.body as Record<string, unknown>)[pattern as string]);
      }
    }
  });

  it('differs between light and dark in what has no value', async () => {
    const [light, dark] = await Promise.all(
      ['light', 'dark'].map(async (theme) =>
        painter(await get<Style>('us-unemployment', 'style.json', { theme }))({}),
      ),
    );
    assert.notEqual(light, dark);
  });

  it('serves tiles from the URL in it', async () => {
    const style = await get<Style>('us-unemployment', 'style.json', {});
    const url = new URL(
      style.sources.choropleth!.tiles[0]!.replace('{z}', '3').replace('{x}', '2').replace('{y}', '3'),
    );
    const tile = await server.api.get(`${url.pathname}${url.search}`);
    assert.equal(tile.status, 200);
    assert.match(tile.headers['cache-control'] ?? '', /immutable/);
  });

  for (const [ratio, suffix] of [
    [1, ''],
    [2, '@2x'],
  ] as const) {
    it(`has hatching for screens of ${ratio} image pixels per map pixel`, async () => {
      const index = (await server.api.get(`/gis/sprite${suffix}.json`)).body as Record<
        string,
        { x: number; y: number; width: number; height: number; pixelRatio: number }
      >;
      const answer = await server.api.get(`/gis/sprite${suffix}.png`).responseType('blob');
      const png = answer.body as Buffer;
      assert.equal(answer.headers['content-type'], 'image/png');
      assert.equal(png.subarray(1, 4).toString(), 'PNG');
      const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
      const start = png.indexOf('IDAT');
      const rows = inflateSync(png.subarray(start + 4, start + 4 + png.readUInt32BE(start - 4)));
      assert.equal(rows.length, height * (1 + 4 * width));
      for (const image of Object.values(index)) {
        assert.equal(image.pixelRatio, ratio);
        assert.ok(image.x + image.width <= width && image.y + image.height <= height);
        const opacity = (x: number, y: number): number =>
          rows[y * (1 + 4 * width) + 1 + 4 * (image.x + x) + 3]!;
        const all = Array.from({ length: image.height }, (_, y) => opacity(3, y));
        assert.ok(Math.max(...all) > 200 && Math.min(...all) === 0, 'lines with gaps between them');
      }
    });
  }
});
