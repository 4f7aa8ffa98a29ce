import assert from 'node:assert/strict';
import { geoArea } from 'd3-geo';
import { countedOn, piecesOf, unwrapPolygon } from '../../../server/choropleth/draw/geometry/cutting.ts';
import { PROJECTIONS } from '../../../server/choropleth/draw/geometry/projection.ts';
import { newServer, once, type TestServer } from '../../support/environment.ts';
import { readPng } from './png.ts';
import { shapesOf } from './shapes.ts';
import { formsOf, type Get } from './support.ts';
import { spanOf, worldRegions } from './world.ts';

const MAPS = `
regions:
  world: { table: public.world, geometry: geom, code: code, name: code }
  edge: { table: public.edge, geometry: geom, code: code, name: code }
choropleths:
  world: { regions: world, cube: { view: public.world_cube, region: code }, metrics: { n: { sum: n } } }
  edge: { regions: edge, cube: { view: public.edge_cube, region: code }, metrics: { n: { value: n } } }
`;

const SQL = `
  create table world (code text primary key, geom geometry(Geometry, 4326));
  create table world_cube (code text, n int);
  create table edge (code text primary key, geom geometry(polygon, 4326));
  insert into edge values
    ('a', st_makeenvelope(100, 50, 180, 70, 4326)), ('b', st_makeenvelope(-180, -20, -60, 40, 4326)),
    ('c', st_makeenvelope(-60, -20, 60, 30, 4326)), ('d', st_makeenvelope(60, -20, 170, 30, 4326));
  create table edge_cube (code text, n int);
  insert into edge_cube values ('a', 1), ('b', 2), ('c', 3), ('d', 4);
`;

const BOXES = [
  [-180, -90, 180, 90],
  [-180, -60, 180, 84],
  [100, -60, -60, 84],
  [-170, -85, 10, 85],
  [160, -50, -160, 60],
  [-40, -20, 70, 80],
] as const;

once('pictures of the world', function () {
  const regions = worldRegions();
  let server: TestServer;
  let world: Get;
  let edge: Get;

  before(async () => {
    const values = regions
      .map(
        ({ code, geometry }) => `(${quoted(code)}, st_geomfromgeojson(${quoted(JSON.stringify(geometry))}))`,
      )
      .join();
    server = await newServer({
      sql: `${SQL} insert into world values ${values};
        insert into world_cube select code, row_number() over () from world;`,
      maps: MAPS,
    });
    world = formsOf(server, 'world');
    edge = formsOf(server, 'edge');
  });

  for (const projection of PROJECTIONS) {
    it(`have every region with an area, ${projection}`, async () => {
      for (const size of ['', '&width=300&height=200', '&width=64&height=64']) {
        const shapes = shapesOf((await world(`map.svg?projection=${projection}${size}`)).text);
        assert.deepEqual(
          regions.filter(({ code }) => !((shapes.get(code)?.area ?? 0) > 0)).map(({ code }) => code),
          [],
          size,
        );
      }
    });

    for (const [west, south, east, north] of BOXES) {
      it(`show all of what is in ${[west, south, east, north].join()}, ${projection}`, async () => {
        const query = `bbox=${[west, south, east, north].join()}&projection=${projection}&bare=true`;
        const shapes = shapesOf((await world(`map.svg?${query}&width=700&height=500`)).text);
        const isIn = (x: number): boolean =>
          [x - 360, x, x + 360].some((at) => at >= west && at <= (east > west ? east : east + 360));
        const inside = regions.filter((region) => {
          const [left, bottom, right, top] = spanOf(region);
          return right - left < 180 && isIn(left) && isIn(right) && bottom >= south && top <= north;
        });
        assert.ok(inside.length >= 3, `${inside.length}`);
        for (const { code } of inside) {
          const shape = shapes.get(code);
          assert.ok(shape && shape.area > 0, `${code} is missing`);
          const { left, right, top, bottom } = shape;
          assert.ok(
            left >= -4 && top >= -4 && right <= 702 && bottom <= 502,
            `${code} is cut: ${JSON.stringify(shape)}`,
          );
        }
      });
    }
  }

  it('put what crosses the antimeridian where it is', async () => {
    const { text } = await world(
      'map.svg?bbox=90,-60,-90,84&projection=mercator&bare=true&width=724&height=700',
    );
    const shapes = shapesOf(text);
    const width = (code: string): number => shapes.get(code)!.right - shapes.get(code)!.left;
    const degree = width('ends at 180') / 30;
    for (const [code, degrees] of [
      ['jumps', 20],
      ['beyond 180', 10],
      ['beyond -180', 15],
      ['starts at -180', 30],
    ] as const)
      assert.ok(Math.abs(width(code) / degree - degrees) < 0.5, `${code}: ${width(code) / degree}`);
    assert.ok(Math.abs(shapes.get('ends at 180')!.right - shapes.get('starts at -180')!.left) < 0.5);
  });

  it('have every country as large as it is on the globe', async () => {
    // Russia's ring jumps to and fro over the antimeridian and so crosses itself on the plane.
    const isValid = `select st_isvalid(geom) as valid from world where code = 'Russia'`;
    assert.deepEqual(await server.run(isValid), [{ valid: false }]);
    const shapes = shapesOf((await world('map.svg?width=2000&height=1200')).text);
    const onSphere = (code: string): number => geoArea(regions.find((one) => one.code === code)!.geometry);
    const unit = shapes.get('Australia')!.area / onSphere('Australia');
    const countries = regions.slice(0, 177).filter(({ code }) => onSphere(code) > 0.001);
    assert.ok(
      countries.length > 120 &&
        ['Antarctica', 'Russia'].every((name) => countries.some(({ code }) => code === name)),
    );
    for (const { code } of countries) {
      const ratio = shapes.get(code)!.area / unit / onSphere(code);
      assert.ok(Math.abs(ratio - 1) < 0.05, `${code}: ${ratio}`);
    }
  });

  it('show regions that end at 180 degrees, in all forms', async () => {
    const colors = (await edge('classes.json')).body as { classes: { color: string }[] };
    for (const projection of PROJECTIONS) {
      const shapes = shapesOf((await edge(`map.svg?projection=${projection}`)).text);
      assert.deepEqual([...shapes.keys()].sort(), ['a', 'b', 'c', 'd']);
      const png = readPng((await edge(`map.png?projection=${projection}&bare=true`)).bytes);
      for (const { color } of colors.classes) assert.ok(png.count(color) > 5000, color);
    }
  });
});

describe('cutting at a meridian', () => {
  const square = (west: number, east: number) => [
    [
      [west, 0],
      [east, 0],
      [east, 1],
      [west, 1],
      [west, 0],
    ],
  ];
  const spans = (west: number, east: number, cut: number): number[][] =>
    piecesOf(unwrapPolygon(square(west, east), cut), cut).map(([ring]) => {
      const xs = ring!.map(([x]) => x!);
      return [Math.min(...xs), Math.max(...xs)];
    });

  it('leaves alone what does not reach over it', () => {
    assert.deepEqual(spans(100, 180, -180), [[100, 180]]);
    assert.deepEqual(spans(-180, -60, -180), [[-180, -60]]);
    assert.deepEqual(spans(-180, 180, -180), [[-180, 180]]);
    assert.deepEqual(spans(-180, -60, 0), [[180, 300]]);
  });

  it('parts what does', () => {
    assert.deepEqual(spans(170, 190, -180), [
      [170, 180],
      [-180, -170],
    ]);
    assert.deepEqual(spans(-180, 180, 0), [
      [180, 360],
      [0, 180],
    ]);
    assert.deepEqual(spans(-60, 200, -180), [
      [-60, 180],
      [-180, -160],
    ]);
  });

  it('keeps holes in the piece that they are in', () => {
    const [exterior] = square(170, 190);
    const [hole] = square(-176, -174);
    const pieces = piecesOf(unwrapPolygon([exterior!, hole!], -180), -180);
    assert.deepEqual(
      pieces.map((rings) => rings.length),
      [1, 2],
    );
  });

  it('counts on over a jump, and gives a ring round the globe its pole', () => {
    const jump = [
      [170, 0],
      [-170, 0],
      [-170, 1],
      [170, 1],
      [170, 0],
    ];
    assert.deepEqual(
      countedOn(jump).map(([x]) => x),
      [170, 190, 190, 170, 170],
    );
    const round = [
      [-180, -80],
      [0, -75],
      [180, -80],
      [-180, -80],
    ];
    assert.deepEqual(
      countedOn(round).map(([x, y]) => [x, y]),
      [
        [-180, -80],
        [0, -75],
        [180, -80],
        [180, -80],
        [180, -90],
        [-180, -90],
        [-180, -80],
      ],
    );
    const worldwide = square(-180, 180)[0]!;
    assert.equal(countedOn(worldwide), worldwide);
  });
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
