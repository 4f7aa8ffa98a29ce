import assert from 'node:assert/strict';
import { GeminiStub, STUB_KEY, type Mode } from '../../../scripts/gemini-stub/server.ts';
import { GeminiClient } from '../../../server/ask/gemini/client.ts';
import { plainEvents } from '../../../server/ask/gemini/fetch.ts';
import { loadModels } from '../../../server/ask/gemini/models.ts';
import { withoutKeys } from '../../../server/ask/gemini/redact.ts';
import { UpstreamFailure, type Call } from '../../../server/ask/gemini/types.ts';
import { memoryRates } from '../../../server/limits/rate.ts';
import { DECLARATIONS } from '../../../server/ask/tools/declare.ts';
import { Upstream } from '../../../server/ask/gemini/upstream.ts';

const call: Call = {
  model: 'gemini-3.5-flash-lite',
  system: 'Be brief.',
  contents: [{ role: 'user', parts: [{ text: 'What is a pesantren?' }] }],
  maxOutputTokens: 100,
};

describe('the client of Gemini', () => {
  let stub: GeminiStub;
  const client = (options: { temperature?: number; apiKey?: string } = {}): GeminiClient =>
    new GeminiClient({
      apiKey: STUB_KEY,
      baseUrl: stub.url,
      temperature: undefined,
      models: loadModels(),
      ...options,
    });
  const soon = (ms = 5000): AbortSignal => AbortSignal.timeout(ms);
  const failureOf = async (work: Promise<unknown>): Promise<UpstreamFailure> => {
    const error: unknown = await work.then(
      () => assert.fail('it succeeded'),
      (thrown: unknown) => thrown,
    );
    assert.ok(error instanceof UpstreamFailure, String(error));
    assert.ok(!error.message.includes(STUB_KEY), error.message);
    return error;
  };
  before(async () => (stub = await GeminiStub.start()));
  after(() => stub.stop());
  beforeEach(() => {
    stub.mode = 'ok';
    stub.requests.length = 0;
  });

  it('tells what was said, what it took and how it ended', async () => {
    const { text, finish, blocked, usage, calls } = await client().generate(call, soon());
    assert.match(text, /^Pesantren adalah/); // nobody asked for English
    assert.deepEqual([finish, blocked, calls.length], ['STOP', undefined, 0]);
    assert.ok(usage.input > 0);
    assert.deepEqual([usage.cached, usage.output], [0, 48]); // thinking counts
  });

  for (const mode of ['ok', 'slow', 'event-ids'] as const)
    it(`loses nothing of a stream that is ${mode}`, async () => {
      const whole = await client().generate(call, soon());
      stub.mode = mode;
      const heard: string[] = [];
      const { text, finish } = await client().stream(call, soon(), (piece) => heard.push(piece));
      assert.deepEqual([heard.join(''), text, finish], [whole.text, whole.text, 'STOP']);
      assert.ok(heard.length > 1);
    });

  const failing: [Mode, string, stream: boolean][] = [
    ['401', 'config', false],
    ['429', 'busy', false],
    ['500', 'unavailable', false],
    ['503', 'unavailable', false],
    ['cut', 'unavailable', false],
    ['truncated', 'garbled', false],
    ['huge', 'garbled', false],
    ['hang', 'timeout', false],
    ['500', 'unavailable', true],
    ['cut', 'unavailable', true],
    ['cut-between', 'garbled', true],
    ['truncated', 'garbled', true],
    ['huge', 'garbled', true],
    ['hang', 'timeout', true],
  ];
  for (const [mode, kind, stream] of failing)
    it(`tells ${mode}${stream ? ' of a stream' : ''} as ${kind}`, async () => {
      stub.mode = mode;
      const signal = soon(mode === 'hang' ? 200 : 5000);
      const work = stream ? client().stream(call, signal, () => {}) : client().generate(call, signal);
      const failure = await failureOf(work);
      assert.equal(failure.kind, kind, failure.message);
      assert.equal(failure.retryMs, mode === '429' ? 7000 : undefined);
    });

  it('gives up when it is told to', async () => {
    stub.mode = 'hang';
    const away = new AbortController();
    const work = client().generate(call, away.signal);
    setTimeout(() => away.abort(), 50);
    assert.equal((await failureOf(work)).kind, 'cancelled');
  });

  it('asks once more without what a model does not take, and so from then on', async () => {
    stub.mode = 'no-thinking';
    const one = client();
    await one.generate(call, soon());
    await one.generate(call, soon());
    const levels = stub.requests.map(({ body }) => body.generationConfig?.thinkingConfig?.thinkingLevel);
    assert.deepEqual(levels, ['MINIMAL', undefined, undefined]);
  });

  it('sends a temperature only to models that heed it', async () => {
    await client({ temperature: 0.4 }).generate(call, soon());
    await client({ temperature: 0.4 }).generate({ ...call, model: 'gemini-3.1-flash-lite' }, soon());
    assert.deepEqual(
      stub.requests.map(({ body }) => body.generationConfig?.temperature),
      [undefined, 0.4],
    );
  });

  it('sends turns back whole, with the signatures of thoughts', async () => {
    stub.mode = 'tool';
    const tools = DECLARATIONS;
    const first = await client().generate({ ...call, tools }, soon());
    assert.equal(first.calls[0]?.name, 'listChoropleths');
    const { id, name } = first.calls[0];
    const answer = {
      role: 'user',
      parts: [{ functionResponse: { ...(id ? { id } : {}), name, response: { choropleths: [] } } }],
    };
    const turns = [...call.contents, first.content!, answer];
    assert.match((await client().generate({ ...call, tools, contents: turns }, soon())).text, /./);
    const unsigned = {
      role: 'model',
      parts: (first.content!.parts ?? []).map(({ thoughtSignature: _, ...part }) => part),
    };
    const failure = await failureOf(
      client().generate({ ...call, tools, contents: [...call.contents, unsigned, answer] }, soon()),
    );
    assert.match(failure.message, /thought_signature/);
  });

  it('knows which models there are', async () => {
    assert.equal(await client().exists('gemini-3.5-flash-lite', soon()), true);
    assert.equal(await client().exists('gemini-2.0-flash', soon()), false);
    assert.equal(
      (await failureOf(client({ apiKey: 'AIzaAnotherKey000000' }).exists('gemini-3.5-flash', soon()))).kind,
      'config',
    );
  });

  it('never writes a key', () => {
    assert.equal(
      withoutKeys('key=AIzaSyA1234567890abc&x AQ.Ab8RN6J_x-y secretsecret', 'secretsecret'),
      'key=(key)&x (key) (key)',
    );
  });

  describe('with retries and a breaker', () => {
    const upstream = (): Upstream => new Upstream(client(), memoryRates('calls', 1000));
    const attempt = (ms = 5000) => ({ signal: soon(ms), until: performance.now() + ms });

    it('asks once more where that is safe', async () => {
      stub.script.push('500');
      assert.match((await upstream().ask(call, attempt())).text, /Pesantren/);
      assert.equal(stub.requests.length, 2);
    });

    it('asks no second time where somebody has heard a part, no time is left, or it would change nothing', async () => {
      stub.script.push('cut');
      await failureOf(upstream().ask(call, { ...attempt(), onText: () => {} }));
      stub.script.push('500');
      await failureOf(upstream().ask(call, attempt(900)));
      stub.script.push('401');
      await failureOf(upstream().ask(call, attempt()));
      stub.script.push('429'); // wants seven seconds
      await failureOf(upstream().ask(call, attempt()));
      assert.equal(stub.requests.length, 4);
    });

    it('leaves a service alone that fails again and again', async () => {
      const one = upstream();
      stub.mode = '503';
      for (let i = 0; i < 5; i++) await failureOf(one.ask(call, attempt(500)));
      assert.equal(one.isOpen, true);
      const asked = stub.requests.length;
      await failureOf(one.ask(call, attempt(500)));
      assert.equal(stub.requests.length, asked);
    });

    it('keeps to its own limit of calls', async () => {
      const one = new Upstream(client(), memoryRates('few', 2));
      await one.ask(call, attempt());
      await one.ask(call, attempt());
      const failure = await failureOf(one.ask(call, attempt()));
      assert.equal(failure.kind, 'busy');
      assert.ok(failure.retryMs! > 0 && failure.retryMs! <= 60_000);
    });
  });
});

describe('events of a stream', () => {
  const read = async (...pieces: string[]): Promise<string> => {
    const encoder = new TextEncoder();
    const stream = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const piece of pieces) controller.enqueue(encoder.encode(piece));
        controller.close();
      },
    });
    return new Response(stream.pipeThrough(plainEvents())).text();
  };
  const cases: [string, string[], string][] = [
    ['data alone', ['data: {"a":1}\n\n'], 'data: {"a":1}\n\n'],
    ['other lines', ['id: 7\nevent: x\nretry: 1\n: word\ndata: {"a":1}\n\n'], 'data: {"a":1}\n\n'],
    [
      'pieces anywhere',
      ['da', 'ta: {"a"', ':1}\r', '\n\r\n', 'data: {}\r\n\r\n'],
      'data: {"a":1}\n\ndata: {}\n\n',
    ],
    ['data of several lines', ['data: {"a":\ndata: 1}\n\n'], 'data: {"a":1}\n\n'],
    ['what was cut', ['data: {}\n\ndata: {"a'], 'data: {}\n\ndata: {"a'],
    ['errors that are no events', ['{"error": {"code": 500}}\n'], '{"error": {"code": 500}}\n'],
  ];
  for (const [what, pieces, expected] of cases)
    it(`are handed on in one form: ${what}`, async () => assert.equal(await read(...pieces), expected));
});
