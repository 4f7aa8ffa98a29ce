import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { documentId } from '../../../server/search/documents/document.ts';
import { corpusOf } from '../../../server/search/documents/corpus.ts';
import { buildIndex } from '../../../server/search/index/search-index.ts';
import { WholeIndex } from '../../../server/search/index/whole.ts';
import { highlight } from '../../../server/search/words/highlight.ts';
import { readQuery } from '../../../server/search/words/query.ts';
import { search } from '../../../server/search/finding/search.ts';
import { atOnce, inSlices } from '../../../server/search/index/slices.ts';
import { makeOnThread } from '../../../server/search/thread/index-thread.ts';
import { region } from '../support.ts';

const kabupaten = readFileSync(new URL('../../../data/id/kabupaten-kota.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .slice(1)
  .map((line, i) => {
    const [province = '', kind = '', name = ''] = line.split(',');
    return region(`${kind} ${name}`, { key: String(1000 + i), code: String(1000 + i), parents: [province] });
  });

const found = (index: WholeIndex, text: string, most = 20): string[] =>
  search(index, readQuery(text), { most }).hits.map(({ document }) => index.documents.titleOf(document));

describe('looking for names', () => {
  let index: WholeIndex;
  before(() => (index = new WholeIndex(atOnce(buildIndex(corpusOf(kabupaten))))));

  for (const [typed, title] of [
    ['kab aceh brt', 'Kabupaten Aceh Barat'],
    ['Kab. Bogor', 'Kabupaten Bogor'],
    ['kota bogor', 'Kota Bogor'],
    ['acehbarat', 'Kabupaten Aceh Barat'],
    ['barat aceh', 'Kabupaten Aceh Barat'],
    ['Mentawai', 'Kabupaten Kepulauan Mentawai'],
    ['banjr masin', 'Kota Banjarmasin'],
    ['Pekalogan', 'Kabupaten Pekalongan'],
    ['solok slt', 'Kabupaten Solok Selatan'],
    ['1003', 'Kabupaten Aceh Tenggara'],
    ['bandung jawa barat', 'Kabupaten Bandung'],
  ] as const)
    it(`finds ${title} as ${typed}`, () =>
      assert.ok(found(index, typed, 5).slice(0, 3).includes(title), String(found(index, typed, 5))));

  it('finds what begins nearly as typed, and what begins so before it', () => {
    const beginnings = kabupaten.flatMap(({ title }) => {
      const name = title.replace(/^(Kabupaten|Kota) /, '');
      // Two letters swapped, and the last third not typed yet.
      const typed = `${name.slice(0, 2)}${name[3]}${name[2]}${name.slice(4, Math.ceil(name.length * 0.67))}`;
      return typed.length < 5 || typed.includes(' ') ? [] : [{ title, typed }];
    });
    const missed = beginnings.filter(({ title, typed }) => !found(index, typed, 8).includes(title));
    assert.ok(beginnings.length > 150 && missed.length <= beginnings.length / 20, JSON.stringify(missed));
    assert.equal(found(index, 'pekanb')[0], 'Kota Pekanbaru');
    assert.equal(found(index, 'pekamb')[0], 'Kota Pekanbaru');
    assert.deepEqual(highlight('Kota Pekanbaru', readQuery('pekamb'), true), [[5, 11]]);
    for (const typed of ['bando', 'bandon']) assert.equal(found(index, typed)[0], 'Kabupaten Bandung', typed);
  });

  it('puts the kind that is asked for first, and shows both', () => {
    for (const kind of ['Kabupaten', 'Kota'])
      for (const name of ['Bogor', 'Bekasi', 'Madiun', 'Solok']) {
        const titles = found(index, `${kind} ${name}`);
        assert.equal(titles[0], `${kind} ${name}`);
        assert.ok(titles.includes(`${kind === 'Kota' ? 'Kabupaten' : 'Kota'} ${name}`));
      }
    assert.deepEqual(found(index, 'bogor').slice(0, 2).sort(), ['Kabupaten Bogor', 'Kota Bogor']);
  });

  it('finds every code and every name first', () => {
    for (const [i, { title, code }] of kabupaten.entries()) {
      assert.equal(found(index, code!)[0], title);
      const [first] = search(index, readQuery(title), { most: 5 }).hits;
      assert.equal(first!.document, i, title);
    }
  });

  it('finds only what may be found, and counts only that', () => {
    const accept = (document: number): boolean => index.documents.titleOf(document).startsWith('Kota');
    const { hits, total } = search(index, readQuery('bogor'), { most: 20, accept });
    assert.equal(index.documents.titleOf(hits[0]!.document), 'Kota Bogor');
    assert.equal(total, hits.length);
    assert.ok(hits.every(({ document }) => accept(document)));
  });

  it('answers any text, and leaves nothing behind for the next', () => {
    const before = found(index, 'bogor');
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        const { hits, total } = search(index, readQuery(text), { most: 10 });
        assert.ok(hits.length <= 10 && total >= hits.length);
        assert.equal(
          new Set(hits.map(({ document }) => documentId(index.documents.at(document)))).size,
          hits.length,
        );
      }),
    );
    assert.deepEqual(found(index, 'bogor'), before);
  });

  it('is the same made in slices, and by another thread', async () => {
    const sliced = await inSlices(buildIndex(corpusOf(kabupaten)));
    const threaded = await makeOnThread(corpusOf(kabupaten));
    for (const other of [sliced, threaded])
      for (const text of ['bogor', 'acehbrat', 'kota', '1003', 'jawa tmiur'])
        assert.deepEqual(found(new WholeIndex(other), text), found(index, text), text);
  });
});
