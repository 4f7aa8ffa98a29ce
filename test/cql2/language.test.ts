import assert from 'node:assert/strict';
import type { TableLayer } from '../../server/catalog/types.ts';
import { AppError } from '../../server/errors.ts';
import { compile } from '../../server/cql2/sql/compile.ts';
import { filterOf, readFilter } from '../../server/cql2/filter.ts';
import { likeMatcher } from '../../server/cql2/memory/like.ts';
import { LIMITS } from '../../server/cql2/fault.ts';
import { layerOf } from './layer.ts';

const layer = layerOf({
  name: 'text',
  city: 'text',
  n: 'integer',
  d: 'double precision',
  ok: 'boolean',
  day: 'date',
  at: 'timestamp with time zone',
  tags: 'text[]',
  codes: 'integer[]',
  doc: 'jsonb',
  u: 'uuid',
  word: 'public.citext',
});

const key = (filter: string, lang?: string): string => {
  const written = readFilter({ filter, lang });
  assert.ok(written);
  return filterOf(written, layer).key;
};

const json = (filter: object): string => key(JSON.stringify(filter), 'cql2-json');

/** The fault of a filter: its place and its words. */
const fault = (filter: string, lang?: string, of: TableLayer = layer): { at: unknown; detail: string } => {
  try {
    const written = readFilter({ filter, lang });
    assert.ok(written);
    filterOf(written, of);
  } catch (error) {
    assert.ok(error instanceof AppError && error.code === 'filter_invalid', String(error));
    return { at: error.members.at, detail: error.members.detail ?? '' };
  }
  throw new Error(`${filter} was taken`);
};

describe('CQL2', () => {
  it('has one key for filters that say the same', () => {
    const same: readonly (readonly string[])[] = [
      [
        "n = 1 AND name = 'x'",
        "name='x' and n=1",
        '"name" = \'x\' AND (1 = n)',
        "n = 1.0 AND name = 'x' AND n = 1e0",
      ],
      ['n > 1', '1 < n', 'NOT NOT n > 1'],
      ['n <> 1', 'NOT n = 1', 'NOT 1 = n'],
      ['n IN (1, 2, 2)', 'n IN (2, 1)'],
      ['n IN (5)', 'n = 5', 'n = 2 + 3', 'n = 10 / 2'],
      ['n BETWEEN 1 AND 2', 'n >= 1 AND n <= 2', '(n <= 2) AND (1 <= n)'],
      ['(n = 1 OR n = 2) OR d = 3', 'd = 3 OR (n = 2 OR n = 1)'],
      ['n + d = 3', 'd + n = 3'],
      [
        'S_WITHIN(geom, BBOX(0,0,1,1))',
        'S_CONTAINS(BBOX(0,0,1,1), geom)',
        's_contains(POLYGON((0 0,1 0,1 1,0 1,0 0)), geom)',
      ],
      ['S_DISJOINT(geom, POINT(0 0))', 'NOT S_INTERSECTS(POINT(0 0), geometry)'],
      ["T_AFTER(day, DATE('2024-01-01'))", "T_BEFORE(DATE('2024-01-01'), day)", "day > DATE('2024-01-01')"],
      ["at = TIMESTAMP('2024-01-01T00:00:00Z')", "at = TIMESTAMP('2024-01-01T01:00:00.000+01:00')"],
      ["A_CONTAINS(tags, ('a','b'))", "A_CONTAINEDBY(('b','a','b'), tags)"],
      ['ok', 'ok = TRUE', 'NOT ok <> TRUE'],
      ["CASEI(name) = CASEI('x')", "casei('x') = casei(casei(name))"],
    ];
    for (const [first = '', ...others] of same)
      for (const other of others) assert.equal(key(other), key(first), `${other} and ${first}`);
    assert.equal(
      json({
        op: 'and',
        args: [
          { op: '=', args: [{ property: 'n' }, 1] },
          { op: '=', args: ['x', { property: 'name' }] },
        ],
      }),
      key("n = 1 AND name = 'x'"),
    );
  });

  it('has other keys for filters that say something else', () => {
    const all = [
      'n > 1',
      'n >= 1',
      'n < 1',
      'NOT n > 1',
      'd > 1',
      "name = '1'",
      'n - d = 1',
      'd - n = 1',
      "name LIKE 'a'",
      "CASEI(name) LIKE 'a'",
      'n IS NULL',
      'n IS NOT NULL',
      'S_TOUCHES(geom, POINT(0 0))',
      'S_TOUCHES(geom, POINT(0 1))',
      'n = 1 AND (d = 1 OR ok)',
      '(n = 1 AND d = 1) OR ok',
      "A_CONTAINS(tags, ('a'))",
      "A_CONTAINS(('a'), tags)",
      'n = 9007199254740993',
      'n = 9007199254740992',
    ];
    assert.equal(new Set(all.map((filter) => key(filter))).size, all.length);
  });

  it('binds as SQL does: NOT, AND, OR; powers, products, sums', () => {
    assert.equal(key('ok OR n = 1 AND NOT d = 1'), key('ok OR ((n = 1) AND (NOT (d = 1)))'));
    assert.equal(key('n = d - 1 - 2 * n ^ 2'), key('n = ((d - 1) - (2 * (n ^ 2)))'));
    assert.notEqual(key('n = d - 1 - 2'), key('n = d - (1 - 2)'));
  });

  it('says where something is wrong, and what would be right', () => {
    const faults: readonly (readonly [filter: string, at: number, detail: RegExp])[] = [
      ['', 1, /a condition/],
      ['n', 1, /true or false|a number without quotes/],
      ['n =', 4, /found the end/],
      ['n == 1', 4, /a name, a value or a bracket, found =/],
      ['n != 1', 3, /<> for "not equal"/],
      ['n = 1 AND', 10, /found the end/],
      ['n = 1 d = 2', 7, /AND, OR or the end, found d/],
      ["name = 'x", 8, /a closing '/],
      ['"name = 1', 1, /a closing "/],
      ['nmae = 1', 1, /did you mean name\?/],
      ['n = 1 AND NAMES LIKE 2', 11, /did you mean name\?/],
      ['n IN ()', 6, /at least one value/],
      ['n IN 5', 6, /a list in brackets/],
      ['n BETWEEN 1 OR 2', 13, /AND between the bounds/],
      ['n NOT 5', 7, /LIKE, BETWEEN or IN after NOT/],
      ['n IS 5', 6, /NULL after IS/],
      ["n = '5'", 3, /a number without quotes to compare with n, which is integer/],
      ['name = 5', 6, /a text in quotes/],
      ['ok > TRUE', 4, /= or <> between true and false/],
      ['n LIKE 5', 1, /a text before LIKE/],
      ['name LIKE city', 11, /a pattern in quotes/],
      ["name LIKE 'a\\\\\\'", 11, /closing|behind the last/],
      ["u = 'x'", 3, /a UUID/],
      ['n + name = 1', 5, /a number on each side/],
      ['n ^ 2 ^ 2 = 1', 7, /brackets around one of two powers/],
      ['doc = 1', 1, /IS NULL for a column of type jsonb/],
      ['tags = 1', 1, /A_CONTAINS/],
      ['geom = 1', 1, /S_INTERSECTS/],
      ['S_INTERSECTS(geom)', 1, /two arguments of s_intersects/],
      ['S_INTERSECTS(name, POINT(1 1))', 14, /the geometry column, geom/],
      ['S_INTERSECTS(geom, POINT(181 1))', 20, /longitudes within ±180.*longitude first/],
      ['S_INTERSECTS(geom, POINT(1))', 27, /a number/],
      ['S_INTERSECTS(geom, POLYGON((0 0, 1 1, 2 2)))', 20, /end where they begin/],
      ['S_INTERSECTS(geom, LINESTRING(0 0))', 20, /at least two positions/],
      ['S_INTERSECTS(geom, BBOX(1, 2, 3))', 20, /four numbers/],
      ['S_INTERSECTS(geom, BBOX(0, 5, 1, 2))', 20, /lower corner comes first/],
      ['S_TOUCHES(geom, GEOMETRYCOLLECTION(POINT(1 1)))', 17, /no collection/],
      ['S_INTERSECT(geom, POINT(1 1))', 1, /did you mean s_intersects\?/],
      ["day = '2024-01-01'", 7, /DATE\('2024-12-31'\)/],
      ["day = DATE('2024-02-30')", 7, /a date/],
      ["at = TIMESTAMP('2024-01-01')", 6, /a timestamp/],
      ["T_AFTER(name, DATE('2024-01-01'))", 9, /a column of dates or times/],
      ["T_DURING(day, INTERVAL('2024-02-01', '2024-01-01'))", 15, /begins before it ends/],
      ['T_DURING(day, INTERVAL(1, 2))', 24, /DATE/],
      ["A_CONTAINS(tags, (1, 'a'))", 18, /one kind/],
      ["A_CONTAINS(name, ('a'))", 12, /an array/],
      ['area(geom) > 5', 1, /no other functions/],
      ['n = 1e999', 5, /a double can hold/],
      ['n = n = 1', 7, /AND, OR or the end/],
      ['(n = 1) = ok', 4, /a value, not a condition/],
      ['n AND d', 1, /a number without quotes/],
      ['5', 1, /a condition/],
      ["name = 'a' ; drop table x", 12, /a name, a value or an operator, found ;/],
    ];
    for (const [filter, at, detail] of faults) {
      const found = fault(filter);
      assert.equal(found.at, at, `${filter}: ${found.detail}`);
      assert.match(found.detail, detail, filter);
    }
  });

  it('points into JSON', () => {
    const faults: readonly (readonly [filter: string, at: string, detail: RegExp])[] = [
      ['{', '', /valid JSON/],
      ['null', '', /an operation/],
      ['{"op":"and","args":[{"op":"=","args":[{"property":"nn"},1]}]}', '/args/0/args/0', /one of/],
      ['{"op":"=","args":[{"property":"n"}]}', '', /two arguments/],
      ['{"op":"=","args":{}}', '', /args of = as an array/],
      ['{"op":5,"args":[]}', '/op', /the name of an operation/],
      ['{"op":"AND","args":[true]}', '', /did you mean/],
      [
        '{"op":"s_intersects","args":[{"property":"geom"},{"type":"Point","coordinates":["x",1]}]}',
        '/args/1',
        /finite numbers/,
      ],
      ['{"op":"s_intersects","args":[{"property":"geom"},{"type":"Circle"}]}', '/args/1', /GeoJSON geometry/],
      ['{"op":"=","args":[{"property":"name"},"a\\u0000"]}', '/args/1', /NUL/],
      ['{"op":"=","args":[{"property":"n"},"\\u0001exact:1; drop"]}', '/args/1', /a number/],
    ];
    for (const [filter, at, detail] of faults) {
      const found = fault(filter, 'cql2-json');
      assert.equal(found.at, at, `${filter}: ${found.detail}`);
      assert.match(found.detail, detail, filter);
    }
  });

  it('is bounded in length, depth, terms and positions before any of it is looked up', () => {
    const hostile: readonly (readonly [string, RegExp])[] = [
      [`n = ${'1'.repeat(LIMITS.characters)}`, /characters/],
      [`${'('.repeat(1000)}n = 1${')'.repeat(1000)}`, /levels/],
      [`${'NOT '.repeat(1000)}ok`, /levels/],
      [`n = ${'-'.repeat(1000)}1`, /levels/],
      [`n IN (${'1,'.repeat(1000)}1)`, /terms/],
      [Array.from({ length: 1000 }, (_, i) => `n = ${i}`).join(' OR '), /terms/],
      [`S_INTERSECTS(geom, LINESTRING(${'1 1,'.repeat(6000)}1 1))`, /positions/],
      [`n = 1e${'9'.repeat(50)}`, /double/],
      [`n = 0.${'1'.repeat(1000)}`, /double/],
    ];
    for (const [filter, detail] of hostile) assert.match(fault(filter).detail, detail);
    assert.match(fault(`${'['.repeat(10_000)}${']'.repeat(10_000)}`, 'cql2-json').detail, /levels/);
  });

  it('knows no column that is withheld', () => {
    const shown = { ...layer, columns: layer.columns.filter(({ name }) => name !== 'city') };
    assert.match(fault("city = 'x'", undefined, shown).detail, /one of name, n, /);
  });

  it('becomes SQL whose values are all parameters', () => {
    const written = readFilter({
      filter:
        "name = 'SECRET' AND n IN (41, 42) AND d * 2 > 43 AND CASEI(city) LIKE 'SECRET%' AND S_INTERSECTS(geom, POINT(44 45)) AND day > DATE('2046-01-01') AND A_CONTAINS(tags, ('SECRET'))",
    });
    assert.ok(written);
    const { text, values } = compile(filterOf(written, layer).condition, layer);
    assert.doesNotMatch(text, /SECRET|4[1-6]\b/);
    assert.ok(values.includes('SECRET') && values.includes('2046-01-01'));
  });

  it('matches LIKE in memory as PostgreSQL does, whatever the pattern', () => {
    const cases: readonly (readonly [
      pattern: string,
      matching: readonly string[],
      other: readonly string[],
    ])[] = [
      ['', [''], ['a']],
      ['%', ['', 'abc'], []],
      ['_', ['a', '😀'], ['', 'ab']],
      ['a%c', ['ac', 'abcabc'], ['abca', 'Ac']],
      ['%b%', ['b', 'abc'], ['', 'ac']],
      ['a\\%', ['a%'], ['ab', 'a\\%']],
      ['\\\\_', ['\\x'], ['x\\']],
      ['%a_%_b', ['xaybcb', 'aaaaab'], ['ab', 'aab']],
      ['a.c', ['a.c'], ['abc']],
    ];
    for (const [pattern, matching, other] of cases) {
      for (const text of matching) assert.equal(likeMatcher(pattern)(text), true, `${text} like ${pattern}`);
      for (const text of other) assert.equal(likeMatcher(pattern)(text), false, `${text} like ${pattern}`);
    }
    // A regular expression would look for ages.
    assert.equal(likeMatcher('%a'.repeat(200) + 'b')('a'.repeat(5000)), false);
  });

  it('leaves a bare column to an index', () => {
    const text = (filter: string): string => {
      const written = readFilter({ filter });
      assert.ok(written);
      return compile(filterOf(written, layer).condition, layer).text;
    };
    assert.equal(text('n = 1'), '("n" = $1::int8)');
    assert.equal(text("name = 'x'"), '("name" = $1::text)');
    assert.equal(text("u = '00000000-0000-0000-0000-000000000001'"), '("u" = $1::text::uuid)');
    assert.match(text('d > 1'), /^\(\$1::float8 < "d" and /);
    assert.doesNotMatch(text('NOT d > 1'), /< "d" and/);
    assert.match(text('S_INTERSECTS(geom, POINT(1 1))'), /^\(\("geom" && /);
    assert.match(text("word = 'X'"), /lower\(\$1::text\)|lower\("word"::text\)/);
  });
});
