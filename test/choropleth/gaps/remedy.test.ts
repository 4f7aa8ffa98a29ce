import assert from 'node:assert/strict';
import { remedyFor } from '../../../server/choropleth/gaps/remedy.ts';

const regions = new Set(['01001', '01003', '06037', 'A1', 'ID-JB']);

describe('What would make codes match', () => {
  for (const [title, codes, expression, matched] of [
    ['leading zeros that a number has lost', ['1001', '1003', '99'], `lpad(fips, 5, '0')`, 2],
    ['leading zeros that nobody needs', ['00A1'], `ltrim(fips, '0')`, 1],
    ['blanks around', [' A1', '06037 '], 'trim(fips)', 2],
    ['blanks within', ['06 037'], `regexp_replace(fips, '\\s', '', 'g')`, 1],
    ['lower case', ['a1', 'id-jb'], 'upper(fips)', 2],
    ['several at once', [' a1'], 'upper(trim(fips))', 1],
    ['blanks and zeros', [' 1001'], `lpad(trim(fips), 5, '0')`, 1],
  ] as const) {
    it(`is found: ${title}`, () => {
      const remedy = remedyFor(codes, regions, 'fips')!;
      assert.deepEqual([remedy.expression, remedy.codes], [expression, matched]);
      assert.ok(regions.has(remedy.to) && codes.some((code) => code === remedy.from));
    });
  }

  it('is nothing where nothing would', () => {
    assert.equal(remedyFor(['X', 'Y1'], regions, 'fips'), undefined);
    assert.equal(remedyFor([], regions, 'fips'), undefined);
  });
});
