import assert from 'node:assert/strict';
import { askAll } from '../../scripts/eval-ask/pipeline.ts';
import { readQuestions, SETS } from '../../scripts/eval-ask/questions.ts';
import { policyWith } from './policies.ts';
import { askServer, type AskServer } from './support.ts';
import { once } from '../support/environment.ts';

once('figures of the map in answers', function () {
  let one: AskServer;
  before(async () => {
    one = await askServer(
      {},
      policyWith({
        perMinute: { anonymous: 10_000, keyed: 10_000, calls: 10_000 },
        perDay: { tokens: 1e9, tokensPerKey: 1e9, usd: 1e4, usdPerKey: 1e4 },
        cacheS: 0,
      }),
    );
  });
  beforeEach(() => {
    one.stub.mode = 'ok';
    one.stub.says = undefined;
    one.stub.script.length = 0;
  });

  it('are those of the demo cubes, for every labelled question about one', async () => {
    const questions = Object.values(SETS)
      .flatMap((file) => readQuestions(file))
      .filter(({ figure }) => figure !== undefined);
    const asked = await askAll(one.server, questions, () => {});
    const wrong = asked.filter(({ isRight }) => isRight !== true).map(({ question }) => question.question);
    assert.ok(questions.length >= 39);
    assert.deepEqual(wrong, []);
  });

  /** Beside the true figure of East Java, in the format of its language, after a tool has told it. */
  const made: [lang: 'id' | 'en', sentence: string, trace: RegExp][] = [
    ['id', 'Sebanyak 1.517 di antaranya miskin.', /1\.517/],
    ['id', 'Sekitar 47,3 persen belum bersekolah.', /47/],
    ['id', 'Di pulau itu ada seribu lima ratus tujuh belas santri lagi.', /seribu|tujuh belas/],
    ['id', 'Lebih dari separuh tinggal di kota.', /separuh/],
    ['id', 'Jumlahnya antara 40–60 ribu.', /40|60/],
    ['id', 'Itu dua kali lipat tahun lalu.', /dua kali/],
    ['en', 'Of these, 1,517 are poor.', /1,517/],
    ['en', 'About 47.3% do not attend school.', /47/],
    ['en', 'Another one thousand five hundred and seventeen live elsewhere.', /thousand|seventeen/],
    ['en', 'More than half live in towns.', /half/],
    ['en', 'Between 40 and 60 thousand live there.', /40|60/],
    ['en', 'That is twice as many as last year.', /twice/],
  ];
  for (const stream of [false, true])
    it(`never leave with a number that no tool told beside them${stream ? ', streamed' : ''}`, async () => {
      const [row] = await one.server.run<{ n: number }>(
        `select sum(n)::int as n from public.mv_santri_stats_provinsi where kode = 'ID-JI'`,
      );
      for (const [lang, sentence, trace] of made) {
        const figure = row!.n.toLocaleString(lang);
        const told =
          lang === 'id' ? `Jawa Timur memiliki ${figure} santri.` : `East Java has ${figure} santri.`;
        const question =
          lang === 'id' ? 'Berapa jumlah santri di Jawa Timur?' : 'How many santri are there in East Java?';
        const plain =
          lang === 'id'
            ? 'Santri tinggal di asrama bersama kiai.'
            : 'Santri live in dormitories with their kiai.';
        one.stub.says = `${told} ${sentence} ${plain}`;
        one.stub.script.push('ok', 'ok', 'disobedient'); // it lists, it looks up, and then it adds to what it was told
        const { text } = await one.server.api.post('/gemini/ask').send({ question, stream }).expect(200);
        assert.equal(one.stub.script.length, 0);
        assert.ok(text.includes(figure) && text.includes(plain), `${sentence} took the rest along: ${text}`);
        const said = text.replaceAll(figure, '').replaceAll(/"generation":"[^"]*"/g, '');
        assert.doesNotMatch(said, trace, sentence);
      }
    });
});
