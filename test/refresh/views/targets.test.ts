import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ConfigError } from '../../../server/config.ts';
import { readMaps } from '../../../server/maps.ts';
import { inDependencyOrder, refreshTargets } from '../../../server/refresh/views/targets.ts';
import { mapsText } from '../support.ts';

function problemsOf(text: string): string {
  try {
    readMaps(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.join('\n');
  }
  return '';
}

describe('schedules in maps.yaml', () => {
  for (const [refresh, problem] of [
    [`'*/15 * * *'`, /cube\.refresh\.cron .*"\*\/15 \* \* \*".*expected 5 or 6 fields but got 4/],
    [`'61 * * * *'`, /cube\.refresh\.cron .*61 is a invalid expression for minute/],
    [`'*/90 * * * *'`, /"\*\/90 \* \* \* \*" would mislead: steps of 90 minutes start anew every hour/],
    [`'0 0-23/36 * * *'`, /steps of 36 hours start anew every day, so it runs once every day/],
    [`'*/120 * * * * *'`, /steps of 120 seconds start anew every minute/],
    [`'0 3 13 * 5'`, /a day of the month and a day of the week crontab runs on either/],
    [`'0 3 L-30 2 *'`, /there is no such day/],
    ['{ cron: "* * * * *", timezone: Mars/Olympus }', /cube\.refresh\.timezone must be a time zone/],
    ['{ cron: "* * * * *", jitter: 5 }', /cube\.refresh\.jitter must be a duration such as 90s/],
    ['{ cron: "* * * * *", maxAge: 5 weeks }', /cube\.refresh\.maxAge must be a duration/],
    ['{ cron: "* * * * *", often: true }', /cube\.refresh\.often: there is no such key/],
  ] as const) {
    it(`refuse ${refresh} with its path`, () => assert.match(problemsOf(mapsText({ refresh })), problem));
  }

  for (const text of [
    '*/60 * * * *',
    '0 */24 * * *',
    '0 3 ? * 5',
    '0 3 1 * ?',
    '0 3 * * 1#1',
    '0 3 29 2 *',
    '@daily',
    '30 0 3 L * *',
  ])
    it(`take ${text}`, () => assert.equal(problemsOf(mapsText({ refresh: `'${text}'` })), ''));

  it('may not contradict each other', () => {
    const more = `refresh: { cube: '0 * * * *', other: '0 * * * *' }`;
    const problem = problemsOf(mapsText({ refresh: `'1 * * * *'`, more }));
    assert.equal(
      problem,
      'maps.yaml:11: refresh.public.cube: public.cube has another schedule in choropleths.facts.cube.refresh',
    );
    assert.equal(problemsOf(mapsText({ refresh: `'0 * * * *'`, more })), '');
  });

  it('become one target per view, with what its unique index should be on', () => {
    const refresh = '{ cron: "0 3 * * *", timezone: Asia/Jakarta, jitter: 30s, maxAge: 2d }';
    const maps = readMaps(mapsText({ refresh, more: `refresh: { stats.daily: '*/5 * * * *' }` }));
    assert.deepEqual(refreshTargets(maps), [
      {
        view: 'public.cube',
        spec: { cron: '0 3 * * *', timezone: 'Asia/Jakarta', jitter: 30_000, maxAge: 172_800_000 },
        choropleths: ['facts'],
        key: ['code'],
      },
      { view: 'stats.daily', spec: { cron: '*/5 * * * *' }, choropleths: [], key: [] },
    ]);
  });
});

describe('dependency order', () => {
  it('puts every view after those that it reads, and loses none', () => {
    const edges = fc.array(fc.tuple(fc.nat(9), fc.nat(9)), { maxLength: 40 });
    fc.assert(
      fc.property(edges, fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]), (pairs, chosen) => {
        // A view reads only views of lower number: no circles, as in a database.
        const views = chosen.map((number) => ({
          view: `v${number}`,
          sources: pairs.filter(([a, b]) => a === number && b < number).map(([, b]) => `v${b}`),
        }));
        const ordered = inDependencyOrder(views);
        assert.deepEqual(new Set(ordered), new Set(views));
        assert.equal(ordered.length, views.length);
        const place = new Map(ordered.map(({ view }, i) => [view, i]));
        for (const { view, sources } of ordered) {
          for (const source of sources) {
            if (place.has(source))
              assert.ok(place.get(source)! < place.get(view)!, `${source} before ${view}`);
          }
        }
      }),
    );
  });
});
