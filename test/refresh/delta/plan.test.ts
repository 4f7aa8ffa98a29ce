import assert from 'node:assert/strict';
import { ConfigError } from '../../../server/config.ts';
import { readMaps } from '../../../server/maps.ts';
import { installSql, removeSql, script } from '../../../server/refresh/delta/install-sql.ts';
import { deltaPlan, deltaPlans } from '../../../server/refresh/delta/plan.ts';
import { foldQuery, recomputeQuery } from '../../../server/refresh/delta/sql.ts';

const DELTA = `{ from: person, group: { kode: provinsi_kode, kind: "coalesce(kind, 'x')" }, sums: { n: 1, score_sum: score } }`;

function maps(refresh: string, more = ''): string {
  return `
regions: { p: { table: provinsi, code: kode, name: nama } }
choropleths:
  people:
    regions: p
    cube: { view: person_cube, region: kode, dimensions: [kind], refresh: ${refresh} }
    metrics: { people: { sum: n }, score: { ratio: [score_sum, n] } }
${more}`;
}

function problemsOf(text: string): readonly string[] {
  try {
    readMaps(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map((problem) => problem.replace('maps.yaml: choropleths.people.', ''));
  }
  return [];
}

const spec = {
  from: 'public.person',
  group: { kode: 'provinsi_kode', kind: "coalesce(kind, 'x')" },
  sums: { n: '1', score_sum: 'score' },
  every: 5_000,
  recompute: '0 3 * * *',
};

describe('a cube with deltas in maps.yaml', () => {
  it('folds every five seconds and recomputes every night unless told otherwise', () => {
    const [plan] = deltaPlans(readMaps(maps(`{ delta: ${DELTA} }`)));
    assert.deepEqual(plan, deltaPlan('public.person_cube', spec, ['people']));
    assert.deepEqual([plan?.everyMs, plan?.recompute, plan?.count], [5_000, '0 3 * * *', 'n']);
  });

  it('is one plan where two choropleths show it', () => {
    const other = `  more:
    regions: p
    cube: { view: public.person_cube, region: kode, dimensions: [kind], refresh: { delta: ${DELTA} } }
    metrics: { people: { sum: n } }`;
    const plans = deltaPlans(readMaps(maps(`{ delta: ${DELTA} }`, other)));
    assert.deepEqual(
      plans.map(({ choropleths }) => choropleths),
      [['people', 'more']],
    );
  });

  it('leaves schedules as they are', () => {
    assert.deepEqual(deltaPlans(readMaps(maps(`'0 3 * * *'`))), []);
    assert.deepEqual(deltaPlans(readMaps(maps(`{ cron: '0 3 * * *' }`))), []);
  });

  const cases: [string, string, RegExp][] = [
    ['no count', DELTA.replace('n: 1', 'n: 2'), /cube\.refresh\.delta\.sums must be at least one that is 1/],
    [
      'a pause too short',
      DELTA.replace('{ from', '{ every: 10ms, from'),
      /delta\.every must be a duration from 500ms to 10m/,
    ],
    ['no pause', DELTA.replace('{ from', '{ every: 5, from'), /delta\.every must be a duration/],
    [
      'no schedule',
      DELTA.replace('{ from', '{ recompute: nightly, from'),
      /delta\.recompute must be a cron expression/,
    ],
    [
      'a schedule that misleads',
      DELTA.replace('{ from', "{ recompute: '*/90 * * * *', from"),
      /delta\.recompute must be a cron expression, and "\*\/90 \* \* \* \*" would mislead/,
    ],
    ['an unknown key', DELTA.replace('{ from', '{ min: x, from'), /delta\.min: there is no such key/],
    ['no region', DELTA.replace('kode: p', 'code: p'), /cube\.refresh\.delta: group has no kode$/],
    ['no dimension', DELTA.replace('kind: ', 'sort: '), /cube\.refresh\.delta: group has no kind$/],
    [
      'no column of a metric',
      DELTA.replace('score_sum', 'total'),
      /delta: sums has no score_sum for metric score$/,
    ],
    [
      'a key that is summed',
      DELTA.replace('score_sum: score', 'score_sum: score, kode: 3'),
      /delta: kode stands in group and in sums$/,
    ],
    ['itself as base', DELTA.replace('from: person', 'from: person_cube'), /delta: from is the cube itself$/],
  ];
  for (const [what, delta, expected] of cases) {
    it(`is refused with ${what}`, () => {
      const problems = problemsOf(maps(`{ delta: ${delta} }`));
      assert.equal(problems.length, 1, problems.join('\n'));
      assert.match(problems[0] ?? '', expected);
    });
  }

  it('is refused with a schedule beside it, and with a published value', () => {
    assert.match(
      problemsOf(maps(`{ cron: '0 3 * * *', delta: ${DELTA} }`))[0] ?? '',
      /either delta or a schedule/,
    );
    const value = maps(`{ delta: ${DELTA} }`).replace('{ sum: n }', '{ value: n }');
    assert.match(problemsOf(value)[0] ?? '', /metric people is a published value, which no delta can keep/);
  });
});

describe('names of what is installed', () => {
  const nameOf = (view: string): string => deltaPlan(view, spec).object;

  it('are those of the cube where that is short and plain', () => {
    assert.equal(nameOf('public.person_cube'), 'delta_person_cube');
  });

  it('are cut and told apart where it is not, and leave room for the endings of triggers', () => {
    const views = [
      'other.person_cube',
      'public.Person Cube',
      `public.${'x'.repeat(60)}`,
      `public.${'x'.repeat(61)}`,
    ];
    const names = views.map(nameOf);
    assert.equal(new Set(names).size, views.length);
    for (const name of names) {
      assert.match(name, /^delta_[a-z0-9_]+_[0-9a-f]{6}$/);
      assert.ok(`chorograph_${name}_truncate`.length <= 63, name);
    }
  });

  it('change their fingerprint with what the triggers do, and not with when it is folded', () => {
    const { fingerprint } = deltaPlan('public.person_cube', spec);
    assert.equal(deltaPlan('public.person_cube', { ...spec, every: 1_000 }).fingerprint, fingerprint);
    assert.notEqual(
      deltaPlan('public.person_cube', { ...spec, sums: { n: '1', score_sum: 'score + 1' } }).fingerprint,
      fingerprint,
    );
  });
});

describe('the statements', () => {
  const plan = deltaPlan('public.person_cube', spec);
  const findings = {
    types: new Map([
      ['kode', 'text'],
      ['kind', 'text'],
      ['n', 'bigint'],
      ['score_sum', 'numeric'],
    ]),
    tables: [
      { schema: 'public', name: 'person' },
      { schema: 'public', name: 'person_2025' },
    ],
    cubeExists: false,
  };
  const text = script(installSql(plan, findings));

  it('need no parameters, so that psql can run them', () => {
    for (const query of [
      ...installSql(plan, findings),
      ...removeSql(plan),
      foldQuery(plan),
      recomputeQuery(plan),
    ]) {
      assert.deepEqual(query.values, []);
      assert.doesNotMatch(query.text, /\$\d/);
    }
  });

  it('make the cube, an exact queue that survives a crash, and four triggers on each table', () => {
    assert.match(text, /^begin;\n[^]*commit;\n$/);
    assert.match(
      text,
      /create table "public"\."person_cube" \(\s*"kode" text not null, "kind" text not null, "n" bigint not null, "score_sum" numeric not null,\s*primary key \("kode", "kind"\)/,
    );
    assert.match(text, /create table "chorograph"\."delta_person_cube"/);
    assert.doesNotMatch(text, /unlogged/i);
    for (const table of ['person', 'person_2025']) {
      for (const event of ['insert', 'update', 'delete', 'truncate']) {
        assert.match(
          text,
          new RegExp(
            `create trigger "chorograph_delta_person_cube_${event}" after ${event} on "public"\\."${table}"\n`,
          ),
        );
      }
    }
    assert.match(text, /security definer\nset search_path = pg_catalog, "public", pg_temp/);
  });

  it('leave a cube that exists', () => {
    const again = script(installSql(plan, { ...findings, cubeExists: true }));
    assert.doesNotMatch(again, /create table "public"/);
  });

  it('never name the base table when they remove', () => {
    assert.doesNotMatch(script(removeSql(plan)), /"person"/);
  });

  it('refuse an expression that would end the function', () => {
    const clever = deltaPlan('public.person_cube', {
      ...spec,
      group: { kode: `'$chorograph$'`, kind: 'kind' },
    });
    assert.throws(() => installSql(clever, findings), /must not contain/);
  });
});
