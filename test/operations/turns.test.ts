import assert from 'node:assert/strict';
import type { z } from 'zod';
import { placeClasses } from '../../server/choropleth/classes/placing.ts';
import { answerTo } from '../../server/choropleth/forms/form.ts';
import { Readings, type Reading, type ReadingContext } from '../../server/choropleth/reading.ts';
import { choroplethParams } from '../../server/choropleth/request/params.ts';
import { FORMS } from '../../server/choropleth/routes.ts';
import { PUBLIC } from '../../server/sight/sight.ts';
import { newServer, once, type TestServer } from '../support/environment.ts';

/** Squares in rows. */
const REGIONS = 30_000;
const SIDE = 200;

const SQL = `
  create table small (code text primary key, name text, geom geometry(polygon, 4326));
  insert into small select 'r' || i, 'Region number ' || i,
    st_makeenvelope(i % ${SIDE} * 0.1, i / ${SIDE} * 0.1, i % ${SIDE} * 0.1 + 0.1, i / ${SIDE} * 0.1 + 0.1, 4326)
    from generate_series(0, ${REGIONS - 1}) i;
  create view cube as select code, y as year, (substr(code, 2)::int * 7919 + y) % 100003 as n,
    (substr(code, 2)::int * 613) % 65537 + 1 as m from small cross join generate_series(1, 2) y;
  analyze small;`;
const MAPS = `
regions: { small: { table: small, code: code, name: name } }
choropleths:
  c:
    regions: small
    cube: { view: cube, region: code, dimensions: [year], time: year }
    metrics: { n: { sum: n }, m: { sum: m }, share: { ratio: [n, m] } }
`;

/** What takes long enough with so many regions to be told from what does not. */
const LONG: readonly [form: string, query: Record<string, string>][] = [
  ['', { zoom: '9', precision: '6' }],
  ['values.json', {}],
  ['values.csv', {}],
  ['table.html', { sort: 'name', order: 'desc' }],
  ['bivariate.json', { vars: 'n,m', method: 'jenks' }],
  ['lisa.json', { permutations: '99' }],
  ['advise.json', {}],
];

once(`a choropleth of ${REGIONS} regions`, function () {
  let server: TestServer;
  /** One that has computed nothing yet. */
  const reading = (): Reading => new Readings(server.ctx as unknown as ReadingContext).of('c', PUBLIC);
  before(async () => {
    server = await newServer({ sql: SQL, maps: MAPS });
    await answerTo(reading(), asked({}));
  });

  const asked = (query: Record<string, string>) => ({
    params: { id: 'c' },
    query: choroplethParams.parse(query),
    extra: {},
    client: '',
    sight: PUBLIC,
  });

  it('lets others have their turn while natural classes are found', async () => {
    const { request, values } = await answerTo(reading(), asked({}));
    const numbers = values.map(({ value }) => value);
    const natural = { ...request, method: 'jenks', classes: 9 } as const;
    await sharesItsTime(() => placeClasses(natural, numbers, numbers, ''));
  });

  for (const [name, query] of LONG) {
    it(`lets others have their turn while /${name}?${new URLSearchParams(query)} is made`, async () => {
      const form = FORMS.find((each) => each.name === name)!;
      const own = reading();
      const known = Object.fromEntries(
        Object.entries(query).filter(([key]) => key in choroplethParams.shape),
      );
      const request = asked(known);
      const answer = await answerTo(own, request);
      const params = choroplethParams.extend(form.params?.shape ?? {}) as unknown as z.ZodType<never>;
      const other = (changes: object) =>
        answerTo(own, { ...request, query: { ...request.query, ...changes } });
      await sharesItsTime(async () =>
        form.make({ ctx: own.ctx, answer, other, query: params.parse(query), base: '', client: '' }),
      );
    });
  }
});

/**
 * The event loop turns while work is done, and no turn takes most of its time: of three tries one, as a collection of
 * garbage may take a turn of its own. What does not let others have their turn takes nearly all of it in one.
 */
async function sharesItsTime(work: () => Promise<unknown>): Promise<void> {
  const shares: number[] = [];
  for (let tries = 0; tries < 3; tries++) {
    const { turns, longest, whole } = await watched(work);
    if (turns > 1 && longest < 0.75 * whole) return;
    shares.push(longest / whole);
  }
  assert.fail(
    `one turn took ${shares.map((share) => `${Math.round(100 * share)} %`).join(', ')} of the time`,
  );
}

interface Watched {
  readonly turns: number;
  /** Milliseconds of the processor, which other programs do not lengthen: of the longest turn, and of all. */
  readonly longest: number;
  readonly whole: number;
}

async function watched(work: () => Promise<unknown>): Promise<Watched> {
  let turns = 0;
  let longest = 0;
  const began = processorMs();
  let last = began;
  const turned = (): void => {
    const now = processorMs();
    longest = Math.max(longest, now - last);
    last = now;
  };
  let next = setImmediate(function turn() {
    turns++;
    turned();
    next = setImmediate(turn);
  });
  await work();
  turned();
  clearImmediate(next);
  return { turns, longest, whole: last - began };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
