import assert from 'node:assert/strict';
import { layerIds } from '../../server/catalog/discovery/ids.ts';
import { readFilters } from '../../server/catalog/filters.ts';
import type { Column, TableLayer } from '../../server/catalog/types.ts';

describe('layer ids', () => {
  const t = (schema: string, name: string, column?: string) => ({
    schema,
    name,
    ...(column ? { column } : {}),
  });
  it('are short in public, and full where they would be alike', () => {
    assert.deepEqual(
      layerIds([t('public', 'a'), t('public', 'a', 'g2'), t('s', 'a'), t('public', 's.a'), t('s', 'a')]),
      ['a', 'a.g2', 's.a', 'public.s.a', 's.a~2'],
    );
  });
  it('are never one that is reserved', () => {
    assert.deepEqual(layerIds([t('public', 'a'), t('public', 'b')], ['a', 'public.b']), ['public.a', 'b']);
  });
});

describe('filters', () => {
  const column = (name: string, type: string, kind: Column['kind']): Column => ({ name, type, kind });
  const layer = {
    id: 't',
    columns: [
      column('i', 'integer', 'integer'),
      column('l', 'bigint', 'bigint'),
      column('n', 'numeric', 'number'),
      column('b', 'boolean', 'boolean'),
      column('d', 'date', 'date'),
      column('u', 'uuid', 'text'),
      column('t', 'text', 'text'),
      column('j', 'jsonb', 'json'),
      column('z', 'timestamp with time zone', 'timestamptz'),
    ],
  } as unknown as TableLayer;
  const uuid = 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11';

  const good: [name: string, text: string, value: unknown][] = [
    ['i', '-5', -5],
    ['l', '9007199254740993', '9007199254740993'],
    ['l', '09007199254740993', '9007199254740993'],
    ['l', '-9223372036854775808', '-9223372036854775808'],
    ['n', '1e3', 1000],
    ['n', '.5', 0.5],
    ['b', 'TRUE', true],
    ['b', '0', false],
    ['d', '2024-02-29', '2024-02-29'],
    ['u', uuid, uuid.toLowerCase()],
    ['t', '', ''],
    ['t', "'; --", "'; --"],
  ];
  for (const [name, text, value] of good) {
    it(`take ${name}=${text}`, () =>
      assert.deepEqual(readFilters(layer, { [name]: text })[0]?.values, [value]));
  }

  const bad: [name: string, text: string][] = [
    ['i', '1.5'],
    ['i', ''],
    ['i', '99999999999999999999'],
    ['l', '9223372036854775808'],
    ['l', '-9223372036854775809'],
    ['n', 'NaN'],
    ['n', '1e999'],
    ['b', 'yes'],
    ['d', '2023-02-29'],
    ['d', '2024-2-9'],
    ['u', 'x'],
    ['t', 'a\0'],
    ['j', '{}'],
    ['z', '2024-01-01'],
    ['nope', '1'],
    ['__proto__', '1'],
  ];
  for (const [name, text] of bad) {
    it(`refuse ${name}=${JSON.stringify(text)}`, () => {
      const query = Object.fromEntries([[name, text]]);
      assert.throws(() => readFilters(layer, query), /parameter/);
    });
  }
});
