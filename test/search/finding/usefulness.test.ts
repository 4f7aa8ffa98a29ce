import assert from 'node:assert/strict';
import { ours, readQueries, scores, together, withKabupaten } from '../../../scripts/eval-search/queries.ts';
import { demoServer } from '../../support/environment.ts';

describe('labelled queries over the demo and the regencies of Indonesia', () => {
  it('find what was meant: always where it is written right, and almost always where it is not', async () => {
    const queries = readQueries();
    assert.ok(queries.length >= 300 && queries.every(({ query, expected }) => query && expected[0]));
    const { ctx } = await demoServer();
    const all = await scores(queries, ours(withKabupaten((await ctx.searching.index()).index)));
    const typos = together(
      'typos',
      all.filter(({ kind }) => kind.startsWith('typo-')),
    );
    assert.ok(typos.queries >= 250 && typos.at5 >= 0.97, `${typos.at5}: ${typos.missed.join(' | ')}`);
    for (const { kind, at5, missed } of all.filter((one) => one.kind.startsWith('exact-')))
      assert.equal(at5, 1, `${kind}: ${missed.join(' | ')}`);
    for (const { kind, at5, missed } of all) assert.ok(at5 >= 0.95, `${kind}: ${missed.join(' | ')}`);
  });
});
