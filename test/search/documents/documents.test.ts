import assert from 'node:assert/strict';
import fc from 'fast-check';
import { foldWords } from '../../../server/places/fold.ts';
import { corpusOf } from '../../../server/search/documents/corpus.ts';
import { documentsOf } from '../../../server/search/documents/documents.ts';
import type { SearchDocument } from '../../../server/search/documents/document.ts';
import { region } from '../support.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const texts = fc.array(text, { maxLength: 3 });
const degree = fc.double({ min: -180, max: 180, noNaN: true });
const document: fc.Arbitrary<SearchDocument> = fc
  .record({
    key: text,
    code: fc.option(text, { nil: undefined }),
    aliases: texts,
    parents: texts,
    parentIds: texts,
    rank: fc.float({ min: 0, max: 1, noNaN: true }),
    box: fc.option(fc.tuple(degree, degree, degree, degree), { nil: undefined }),
    hasCentre: fc.boolean(),
    description: fc.array(
      text.filter((one) => one !== ''),
      { maxLength: 3 },
    ),
    source: fc.constantFrom('regions:a', 'rows:b'),
    title: text,
  })
  .map(({ hasCentre, description, title, box, ...more }) =>
    region(title, {
      ...more,
      box,
      texts: description.map((one) => one.replaceAll('\u001f', ' ')),
      centre: box && hasCentre ? [box[0], box[1]] : undefined,
    }),
  );

describe('documents by columns', () => {
  it('are what was put in', () =>
    fc.assert(
      fc.property(fc.array(document, { maxLength: 20 }), (all) => {
        assert.deepEqual([...documentsOf(all)], all);
        assert.deepEqual([...corpusOf(all)], all);
      }),
    ));
});

describe('folding of plain names', () => {
  it('is the folding of any name', () =>
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'aBcIVx1 .,()-Kab') }), (name) =>
        // Another mark at the end says nothing, and is not plain.
        assert.deepEqual(foldWords(name), foldWords(`${name} ¿`)),
      ),
    ));
});
