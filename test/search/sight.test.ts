import assert from 'node:assert/strict';
import { SearchAnswers } from '../../server/search/answers/answers.ts';
import { corpusOf } from '../../server/search/documents/corpus.ts';
import { buildIndex } from '../../server/search/index/search-index.ts';
import { WholeIndex } from '../../server/search/index/whole.ts';
import { EVERYTHING, type Sight } from '../../server/search/sight.ts';
import { atOnce } from '../../server/search/index/slices.ts';
import { region } from './support.ts';

interface Body {
  total: number;
  hits: { title: string }[];
  didYouMean?: string;
}

const DOCUMENTS = corpusOf([
  region('Kota Bogor', { source: 'regions:open', parents: ['Jawa Barat'] }),
  region('Kabupaten Bogor', { source: 'regions:closed', parents: ['Jawa Barat'] }),
  region('Bogor Timur', { source: 'regions:closed' }),
]);
const built = { index: new WholeIndex(atOnce(buildIndex(DOCUMENTS))), number: 1 };
const CLOSED: Sight = { key: 'role:guest', maySee: ({ source }) => source !== 'regions:closed' };

describe('what an asker may not see', () => {
  const answers = new SearchAnswers();
  const ask = (q: string, sight: Sight, number = 1): Body =>
    JSON.parse(
      answers.of({ ...built, number }, { q, offset: 0, limit: 20 }, sight, true).body.toString(),
    ) as Body;

  it('is neither found, counted nor suggested, whoever asked the same before', () => {
    for (const sight of [EVERYTHING, CLOSED, EVERYTHING, CLOSED]) {
      const expected = sight === CLOSED ? ['Kota Bogor'] : ['Bogor Timur', 'Kabupaten Bogor', 'Kota Bogor'];
      for (const q of ['bogor', 'bogro', 'Jawa Barat bogor'].slice(0, sight === CLOSED ? 3 : 2)) {
        const { hits, total } = ask(q, sight);
        assert.deepEqual(hits.map(({ title }) => title).sort(), expected, q);
        assert.equal(total, expected.length);
      }
    }
    assert.equal(ask('bogor tmiur', EVERYTHING).didYouMean, 'Bogor Timur');
    assert.notEqual(ask('bogor tmiur', CLOSED).didYouMean, 'Bogor Timur');
  });

  it('is kept under the number of its index', () => {
    const request = { q: 'bogor', offset: 0, limit: 20 };
    const one = answers.of(built, request, EVERYTHING, true);
    assert.equal(answers.of(built, request, EVERYTHING, true), one);
    assert.notEqual(answers.of({ ...built, number: 2 }, request, EVERYTHING, true), one);
    assert.notEqual(answers.of({ ...built, number: 2 }, request, CLOSED, true), one);
  });
});
