import assert from 'node:assert/strict';
import fc from 'fast-check';
import { editDistance } from '../../../server/places/similarity.ts';
import { NearStrings } from '../../../server/search/index/near.ts';
import { atOnce } from '../../../server/search/index/slices.ts';
import { PackedStrings, sortStrings } from '../../../server/search/index/strings.ts';

const pack = (strings: readonly string[]): PackedStrings =>
  atOnce(PackedStrings.pack(atOnce(sortStrings([...new Set(strings)]))));
const few = fc.array(fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'z', '1'), maxLength: 8 }), {
  maxLength: 60,
});
const letters = (minLength: number) =>
  fc.string({ unit: fc.constantFrom(...'abcdé1'), minLength, maxLength: 36 });

describe('strings without an object for each', () => {
  it('are sorted as a sort does, however many begin alike', () => {
    const many = Array.from({ length: 3_000 }, (_, i) => `sekolah ${(i * 7919) % 3_000}`);
    assert.deepEqual(atOnce(sortStrings([...many])), [...many].sort());
    fc.assert(
      fc.property(few, (strings) => assert.deepEqual(atOnce(sortStrings([...strings])), [...strings].sort())),
    );
  });

  it('are found whole, and by their beginnings', () =>
    fc.assert(
      fc.property(few, fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength: 3 }), (strings, text) => {
        const sorted = [...new Set(strings)].sort();
        const packed = pack(strings);
        assert.equal(packed.find(text), sorted.indexOf(text));
        const [from, to] = packed.prefix(text);
        assert.deepEqual(
          sorted.slice(from, to),
          sorted.filter((string) => string.startsWith(text)),
        );
      }),
    ));

  it('are found where they differ by mistakes, as many as the edit distance counts', () =>
    fc.assert(
      fc.property(letters(1), fc.array(letters(0), { maxLength: 20 }), fc.nat(3), (text, others, most) => {
        const strings = [
          ...new Set([text, `${text}a`, `b${text.slice(1)}`, swapped(text), ...others]),
        ].sort();
        const near = atOnce(NearStrings.build(pack(strings)));
        const found = near.near(text, most, 1_000);
        for (const { string, distance } of found)
          assert.equal(distance, editDistance(text, strings[string]!), `${text} ${strings[string]!}`);
        const names = found.map(({ string }) => strings[string]!);
        assert.ok(names.includes(text));
        // One mistake spoils four trigrams at most, and so leaves one of a longer text.
        if (most >= 1 && text.length >= 5)
          for (const one of strings) if (editDistance(text, one) <= 1) assert.ok(names.includes(one), one);
      }),
      { numRuns: 300 },
    ));

  it('are found where their beginnings differ by a mistake', () => {
    const strings = ['bandarlampung', 'bandung', 'bandungbarat', 'banjarmasin', 'kotabandung'];
    const near = atOnce(NearStrings.build(pack(strings)));
    const found = (text: string): string[] =>
      near.near(text, 1, 9, true).map(({ string }) => strings[string]!);
    for (const [text, names] of [
      ['bandng', ['bandung', 'bandungbarat']],
      ['badnun', ['bandung', 'bandungbarat']],
      ['banjer', ['banjarmasin']],
      ['bandarlampongg', []],
      ['bandarlampunk', ['bandarlampung']],
    ] as const)
      assert.deepEqual(found(text), names, text);
  });
});

const swapped = (text: string): string => `${text.slice(1, 2)}${text.slice(0, 1)}${text.slice(2)}`;
