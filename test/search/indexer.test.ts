import assert from 'node:assert/strict';
import { answer } from '../../server/search/answers/answer.ts';
import { documentsOf } from '../../server/search/documents/documents.ts';
import type { SearchDocument } from '../../server/search/documents/document.ts';
import { Patched } from '../../server/search/documents/patched.ts';
import { atOnce } from '../../server/search/index/slices.ts';
import type { WholeIndex } from '../../server/search/index/whole.ts';
import { Indexer, type Material } from '../../server/search/indexer.ts';
import { EVERYTHING } from '../../server/search/sight.ts';
import { seededRandom } from '../../server/tools/random.ts';
import { region } from './support.ts';

const RULES = { language: 'indonesian', weights: [0.6] } as const;
const WORDS = ['Suka', 'Maju', 'Cibinong', 'Tanjung', 'Pandan', 'Gunung', 'Baru', 'Barat', 'Timur', 'Hilir'];
const KINDS = ['', 'Kota ', 'Kabupaten ', 'Desa '];

describe('an index of what has changed beside one of all', () => {
  const random = seededRandom(20_261_127);
  const pick = <T>(from: readonly T[]): T => from[random.integer(0, from.length - 1)]!;
  const name = (): string => `${pick(KINDS)}${pick(WORDS)} ${pick(WORDS)} ${random.integer(1, 30)}`;
  const provinces = [...'ABCDEFGH'].map((key) =>
    region(`Provinsi ${pick(WORDS)} ${key}`, { source: 'regions:provinces', key, code: key }),
  );
  const village = (key: string): SearchDocument =>
    region(name(), {
      key,
      source: 'regions:villages',
      code: `v${key}`,
      parentIds: [`regions:provinces:${pick(provinces).key}`],
      texts: random.chance(0.3) ? [`sekolah di ${pick(WORDS)}`] : [],
      rank: Math.fround(random.integer(0, 3) / 4),
      aliases: random.chance(0.1) ? [name()] : [],
    });
  const sorted = (all: SearchDocument[]): SearchDocument[] =>
    all.sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const keys = Array.from({ length: 240 }, (_, i) => `${i}${i % 7 === 0 ? 'é' : ''}`);
  const villages = new Patched(documentsOf(sorted(keys.map(village)), RULES), RULES);
  const material = (rows: Patched, over = provinces, frame = 'one'): Material => ({
    published: documentsOf([
      region('Peta Suka', { source: 'layer', kind: 'layer', key: 'suka', code: 'suka' }),
    ]),
    rows: new Map([
      ['regions:provinces', new Patched(documentsOf(over), RULES)],
      ['regions:villages', rows],
    ]),
    aliases: [],
    isTold: () => true,
    frame,
  });
  const queries = (): string[] => {
    const text = name();
    const at = random.integer(1, text.length - 3);
    const typo = text.slice(0, at) + text.slice(at + 1);
    return [
      text,
      typo,
      typo.slice(0, at + 2),
      pick(WORDS).toLowerCase(),
      `v${pick(keys)}`,
      `sekolah ${pick(WORDS)}`,
    ];
  };
  const withinOf = (q: string): string | undefined =>
    q.length % 5 === 0 ? 'regions:provinces:A' : undefined;
  const answers = (index: WholeIndex, asked: readonly string[]) =>
    asked.map((q) => answer(index, { q, offset: 0, limit: 30, within: withinOf(q) }, EVERYTHING));

  it('answers as one does that was made anew, whatever changed', async () => {
    const indexer = new Indexer();
    const first = material(villages);
    await indexer.anew(first, {});
    let now = villages;
    for (let round = 0; round < 10; round++) {
      const touched = [pick(keys), pick(keys), `${random.integer(0, 9_999)}`];
      const read = touched.filter(() => random.chance(0.7)).map(village);
      now = now.with(now.changesTo(touched, [...new Map(read.map((one) => [one.key, one])).values()]));
      const rows = new Map(first.rows).set('regions:villages', now);
      const beside = await indexer.beside({ ...first, rows }, {});
      assert.ok(beside);
      const whole = new Patched(atOnce(now.whole()), RULES);
      const anew = await new Indexer().anew(material(whole), {});
      assert.equal(beside.size, anew.size);
      assert.equal(now.length, whole.length);
      assert.deepEqual([...now], [...whole]);
      for (let i = 0; i < 5; i++) {
        const asked = queries();
        assert.deepEqual(answers(beside, asked), answers(anew, asked), String(asked));
      }
    }
  });

  it('is made of all where others say something of what changed, or more is another than rows', async () => {
    const indexer = new Indexer();
    const first = material(villages);
    await indexer.anew(first, {});
    const beside = (rows: Map<string, Patched>, frame = 'one') =>
      indexer.beside({ ...first, rows, frame }, {});
    const changed = (source: string, document: SearchDocument) => {
      const before = first.rows.get(source)!;
      return new Map(first.rows).set(source, before.with(before.changesTo([document.key], [document])));
    };
    const same = await beside(new Map(first.rows));
    assert.deepEqual([same?.recent?.gone, same?.size], [undefined, keys.length + provinces.length + 1]);
    assert.ok((await beside(changed('regions:villages', village('5'))))?.recent?.gone);
    const [province] = provinces;
    assert.equal(
      await beside(changed('regions:provinces', { ...province!, title: 'Provinsi Lain' })),
      undefined,
    );
    const stray = { ...village('5'), parentIds: ['regions:provinces:Z'] };
    assert.equal(await beside(changed('regions:villages', stray)), undefined);
    assert.equal(await beside(changed('regions:villages', village('5')), 'two'), undefined);
    const many = villages.with(villages.changesTo(keys.slice(0, 60), []));
    assert.equal(await beside(new Map(first.rows).set('regions:villages', many)), undefined);
    const other = new Patched(documentsOf(sorted(keys.map(village)), RULES), RULES);
    assert.equal(await beside(new Map(first.rows).set('regions:villages', other)), undefined);
  });
});
