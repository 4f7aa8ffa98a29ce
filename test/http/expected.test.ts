import assert from 'node:assert/strict';
import { z } from 'zod';
import { faultsOf } from '../../server/http/requests/expected.ts';
import { demoServer, once, type TestServer } from '../support/environment.ts';

interface Problem {
  status: number;
  code: string;
  detail: string;
  errors?: { parameter: string; value?: string; expected: string }[];
}

describe('what a request should have been', () => {
  const schema = z.strictObject({
    name: z.string().min(2).max(5),
    count: z.int().min(1).max(9),
    kinds: z.array(z.enum(['a', 'b'])).min(1),
    yes: z.boolean(),
    said: z.string({ error: 'a word' }),
    inner: z.strictObject({ x: z.number() }),
  });
  const good = { name: 'abc', count: 3, kinds: ['a'], yes: true, said: 'x', inner: { x: 1 } };
  const told = (change: object): string[] =>
    (faultsOf(schema, { ...good, ...change }).faults ?? []).map(
      ({ path, expected }) => `${path.map(String).join('.')} must be ${expected}`,
    );

  it('is told in words that complete the sentence, those of the schema first', () => {
    assert.deepEqual(told({}), []);
    assert.deepEqual(told({ name: 5 }), ['name must be a text']);
    assert.deepEqual(told({ name: undefined }), ['name must be a text']);
    assert.deepEqual(told({ name: 'a' }), ['name must be 2 at least (characters)']);
    assert.deepEqual(told({ name: 'abcdef' }), ['name must be 5 at most (characters)']);
    assert.deepEqual(told({ count: 0 }), ['count must be 1 at least']);
    assert.deepEqual(told({ count: 1.5 }), ['count must be a whole number']);
    assert.deepEqual(told({ kinds: 'a' }), ['kinds must be a list']);
    assert.deepEqual(told({ kinds: [] }), ['kinds must be 1 at least (items)']);
    assert.deepEqual(told({ kinds: ['c'] }), ['kinds.0 must be a or b']);
    assert.deepEqual(told({ yes: 1 }), ['yes must be true or false']);
    assert.deepEqual(told({ said: 1 }), ['said must be a word']);
    assert.deepEqual(told({ inner: [] }), ['inner must be a JSON object']);
  });

  it('names members that nobody knows, each by itself', () => {
    const left = 'must be left out: there is no such member';
    assert.deepEqual(told({ foo: 1, bar: 2 }), [`foo ${left}`, `bar ${left}`]);
    assert.deepEqual(told({ inner: { x: 1, y: 2 } }), [`inner.y ${left}`]);
  });
});

once('a body that is JSON and no object', () => {
  let server: TestServer;
  before(async () => {
    server = await demoServer();
  });
  const sent = async (path: string, body: string): Promise<Problem> =>
    (await server.api.post(path).set('Content-Type', 'application/json').send(body)).body as Problem;

  it('is told so, and not that it is no JSON', async () => {
    for (const body of ['[]', '"Apa itu pesantren?"', '12', 'true']) {
      const problem = await sent('/gemini/ask', body);
      assert.deepEqual(
        [problem.status, problem.code, problem.detail],
        [422, 'question_rejected', 'the body must be a JSON object'],
      );
      assert.deepEqual(problem.errors, [
        { parameter: 'the body', value: body.replaceAll('"', ''), expected: 'a JSON object' },
      ]);
    }
    assert.equal((await sent('/gemini/ask', 'null')).detail, 'question must be a text');
    assert.equal((await sent('/gemini/ask', '{"question":')).code, 'malformed_body');
  });

  it('says of what is missing no value', async () => {
    const { body } = (await server.api.get('/search').expect(400)) as { body: Problem };
    assert.deepEqual(body.errors, [{ parameter: 'q', expected: 'given once' }]);
    const { errors } = await sent('/gemini/ask', '{}');
    assert.deepEqual(errors, [{ parameter: 'question', expected: 'a text' }]);
  });
});
