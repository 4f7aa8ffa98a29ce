import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { createKey } from '../../server/security/keys.ts';
import {
  dayOf,
  MemoryBudget,
  TableBudget,
  untilTomorrow,
  type BudgetStore,
} from '../../server/ask/budget/budget.ts';
import { figuresOf } from '../../server/ask/tools/figures.ts';
import { runTool } from '../../server/ask/tools/run.ts';
import { Answers } from '../../server/choropleth/answer.ts';
import { Gate } from '../../server/ask/pipeline/gate.ts';
import { AppError } from '../../server/errors.ts';
import { whileCollected } from '../support/collected.ts';
import { eventually } from '../support/eventually.ts';
import { policyWith } from './policies.ts';
import { askServer, type AskServer } from './support.ts';
import { once } from '../support/environment.ts';

const MANY = { perMinute: { anonymous: 10_000, keyed: 10_000, calls: 10_000 } };

once('the assistant as a service', function () {
  let one: AskServer;
  before(async () => {
    one = await askServer(
      {
        sql: `create table public.gemini_ask_log (id uuid primary key, question text, answer text, model varchar(50),
          tokens_used int, status varchar(20), error_message text, response_time_ms int, user_ip varchar(45),
          created_at timestamptz)`,
      },
      policyWith(MANY),
    );
  });
  beforeEach(() => {
    one.stub.mode = 'ok';
    one.stub.script.length = 0;
  });
  const flush = (): Promise<void> => one.server.ctx.asking.log.flush();

  it('writes down what became of each question, without personal data', async () => {
    const requestId = 'the-request-of-this-test';
    await one.server.api
      .post('/gemini/ask')
      .set('X-Request-Id', requestId)
      .send({ question: 'Nama saya Siti Aminah, NIK 3578012345678901, apa itu pesantren?' })
      .expect(200);
    await flush();
    const rows = await one.server.run<Record<string, unknown>>(
      'select * from chorograph.gemini_ask_log where request_id = $1',
      [requestId],
    );
    assert.equal(rows.length, 1);
    const row = rows[0]!;
    assert.equal(row.question, 'Nama saya [name], NIK [number], apa itu pesantren?');
    assert.deepEqual(
      [row.status, row.topic, row.language, row.cached],
      ['answered', 'pesantren', 'id', false],
    );
    assert.ok((row.tokens_used as number) > 0 && Number(row.cost_micros) > 0);
    assert.equal(row.tokens_used, (row.input_tokens as number) + (row.output_tokens as number));
    assert.match(String(row.policy), /^1-[0-9a-f]{8}$/);
    assert.match(String(row.user_ip), /^[\w-]{16}$/);
    const layers = (row.verdicts as { layer: string; verdict: string }[]).map(
      ({ layer, verdict }) => `${layer}: ${verdict}`,
    );
    assert.deepEqual(layers, [
      'length: pass',
      'rules: undecided',
      'budget: reserved',
      'classifier: allow',
      'answer: given',
      'check: pass',
    ]);
    // The table of the system before this one goes on being written, under the same id.
    const [old] = await one.server.run<Record<string, unknown>>(
      'select * from public.gemini_ask_log where id = $1',
      [row.id],
    );
    assert.equal(old?.question, row.question);
    assert.equal(old?.tokens_used, row.tokens_used);
  });

  it('lets keys with the scope read the log, as JSON and CSV, page by page, and its statistics', async () => {
    const { key } = await createKey(one.server.ctx.db, { name: 'reader', scopes: ['ask:log'] });
    const { key: asker } = await createKey(one.server.ctx.db, { name: 'asker', scopes: ['ask'] });
    await one.ask('=HYPERLINK("x") siapa capres terbaik?');
    await one.ask('Apa itu santri?');
    await flush();
    await one.server.api.get('/gemini/log').expect(401);
    await one.server.api.get('/gemini/stats').set('X-API-Key', asker).expect(403);
    const get = async (path: string) =>
      (await one.server.api.get(path).set('X-API-Key', key).expect(200)).body as {
        entries: Record<string, unknown>[];
        next?: string;
      };
    const page = await get('/gemini/log?limit=1');
    const older = await get(`/gemini/log?limit=500&before=${page.next}`);
    assert.equal(page.entries[0]?.question, 'Apa itu santri?');
    assert.ok(older.entries.length >= 2 && older.entries.every(({ id }) => id !== page.entries[0]?.id));
    assert.deepEqual(
      [...new Set((await get('/gemini/log?status=refused')).entries.map(({ reason }) => reason))],
      ['refused'],
    );
    assert.equal((await get('/gemini/log?to=2020-01-01')).entries.length, 0);
    await one.server.api.get('/gemini/log?from=2026-02-30').set('X-API-Key', key).expect(400);
    const csv = await one.server.api.get('/gemini/log?format=csv').set('X-API-Key', key).expect(200);
    assert.match(csv.headers['content-type'] ?? '', /text\/csv/);
    assert.match(csv.text, /^\ufeffid,created_at,question,answer,status/);
    assert.ok(csv.text.includes(`'=HYPERLINK`), 'no cell is a formula');
    const stats = (await get('/gemini/stats')) as unknown as {
      questions: number;
      byStatus: { value: string; questions: number }[];
      byDay: { day: string; questions: number; p95_ms: number }[];
    };
    const all = await get('/gemini/log?limit=1000');
    assert.equal(stats.questions, all.entries.length);
    assert.equal(
      stats.byStatus.reduce((sum, { questions }) => sum + questions, 0),
      stats.questions,
    );
    assert.equal(stats.byDay[0]?.day, dayOf(new Date()));
  });

  it('removes what is old, from both tables, and nothing of anybody else', async () => {
    await one.server.run(
      `insert into public.gemini_ask_log (id, question, created_at) values (gen_random_uuid(), 'of the old system', '2020-01-01')`,
    );
    await one.ask('Apa itu kitab kuning?');
    await flush();
    await one.server.run(
      `update chorograph.gemini_ask_log set created_at = now() - interval '200 days' where question = 'Apa itu kitab kuning?'`,
    );
    assert.equal(await one.server.ctx.asking.log.prune(180), 1);
    const left = await one.server.run<{ question: string }>('select question from public.gemini_ask_log');
    assert.ok(left.some(({ question }) => question === 'of the old system'));
    assert.ok(!left.some(({ question }) => question === 'Apa itu kitab kuning?'));
  });

  it('settles what a question did cost, and gives back what it did not', async () => {
    const spent = (): Promise<{ r: number; t: number }[]> =>
      one.server.run(
        `select reserved_tokens::int as r, (input_tokens + output_tokens)::int as t from chorograph.gemini_budget where subject = 'all'`,
      );
    const [before] = await spent();
    await one.ask('Apa itu sorogan?');
    one.stub.mode = '500';
    assert.equal((await one.ask('Apa itu bandongan?')).status, 503);
    const [after] = await spent();
    assert.deepEqual([before?.r ?? 0, after?.r], [0, 0]);
    assert.ok(after!.t > (before?.t ?? 0));
  });

  it('gives an answer again only to askers of the same audience', async () => {
    const keys = await Promise.all(
      ['a', 'b'].map((name) => createKey(one.server.ctx.db, { name, scopes: ['ask'] })),
    );
    const cached = async (key?: string): Promise<boolean> => {
      const request = one.server.api.post('/gemini/ask').send({ question: 'Apa itu tahlilan?' });
      const { body } = await (key ? request.set('X-API-Key', key) : request).expect(200);
      return (body as { data: { cached: boolean } }).data.cached;
    };
    assert.deepEqual(
      [
        await cached(),
        await cached(),
        await cached(keys[0]!.key),
        await cached(keys[1]!.key),
        await cached(keys[0]!.key),
      ],
      [false, true, false, false, true],
    );
  });

  it('answers anew when the figures are others, and not with old ones', async () => {
    const question = 'Berapa jumlah santri di Gorontalo?';
    const figure = async () => (await one.ask(question)).body.data!;
    const first = await figure();
    assert.equal((await figure()).cached, true);
    await one.server.run(
      `insert into public.santri_pribadi (id, nama, provinsi, kabupaten) select gen_random_uuid(), 'baru', 'Gorontalo', 'x' from generate_series(1, 3)`,
    );
    await one.server.run(
      `update public.santri_map set provinsi = 'Gorontalo' where id in (select id from public.santri_map where provinsi <> 'Gorontalo' limit 40)`,
    );
    const { key } = await createKey(one.server.ctx.db, { name: 'refresher', scopes: ['refresh'] });
    await one.server.api
      .post('/gis/choropleth/santri-provinsi/refresh?wait=true')
      .set('X-API-Key', key)
      .expect(200);
    const second = await eventually(async () => {
      const answer = await figure();
      return answer.sources[0]?.generation !== first.sources[0]?.generation && answer;
    });
    assert.notEqual(second.answer, first.answer);
  });

  it('tells nothing that the map hides', async () => {
    const path = '/gis/choropleth/santri-provinsi/values.json?kategori_kemiskinan=Sangat%20Miskin&tahun=2024';
    const { body } = await one.server.api.get(path).expect(200);
    const { columns, rows } = body as { columns: string[]; rows: (string | null)[][] };
    const hidden = rows.find((row) => row[columns.indexOf('status')] === 'suppressed');
    assert.ok(hidden, 'the demo has a figure that is too small to be shown');
    const figures = figuresOf(one.server.ctx, new Answers(one.server.ctx), 'all');
    const { output } = await runTool(figures, 'regionValue', {
      choropleth: 'santri-provinsi',
      region: hidden[columns.indexOf('name')],
      filters: { kategori_kemiskinan: 'Sangat Miskin', tahun: 2024 },
    });
    assert.deepEqual([output.value, output.status], [null, 'suppressed']);
  });

  it('says how it is', async () => {
    const { body } = await one.server.api.get('/gemini/health').expect(200);
    const { status, service, configured, model, temperature, breaker, budget } = body as Record<
      string,
      unknown
    >;
    assert.deepEqual(
      [status, service, configured, model, temperature, breaker],
      ['ok', 'gemini', true, 'gemini-3.5-flash-lite', null, 'closed'],
    );
    const { day, tokensLeft, usdLeft } = budget as { day: string; tokensLeft: number; usdLeft: number };
    assert.equal(day, dayOf(new Date()));
    assert.ok(tokensLeft > 0 && tokensLeft < 20_000_000 && usdLeft > 0 && usdLeft < 10);
  });
});

once('limits', function () {
  it('end 100 questions at once to a model that never answers, in time, while tiles go on', async () => {
    const policy = policyWith({
      ...MANY,
      perDay: { tokensPerKey: 1e9, usdPerKey: 1000, usd: 1000, tokens: 1e9 },
      deadlineMs: 1500,
    });
    const { server, stub } = await askServer({}, policy);
    stub.mode = 'hang';
    const started = performance.now();
    const asked = Array.from({ length: 100 }, (_, i) =>
      server.api
        .post('/gemini/ask')
        .send({ question: `Apa itu santri dan pesantren pada tahun ${1900 + i}?` }),
    );
    const answers = Promise.all(
      asked.map(async (each) => ({
        status: (await each).status,
        after: (await each).headers['retry-after'] as string,
      })),
    );
    // However much is collected meanwhile, a deadline is not.
    const all = await whileCollected(async () => {
      for (let tiles = 0; tiles < 20; tiles++)
        await server.api
          .get(`/gis/choropleth/us-unemployment/tiles/5/${5 + (tiles % 4)}/${11 + (tiles % 3)}.mvt`)
          .expect((res) => assert.ok([200, 204].includes(res.status)));
      return answers;
    });
    assert.deepEqual([...new Set(all.map(({ status }) => status))], [503]);
    assert.ok(all.every(({ after }) => Number(after) >= 1));
    assert.ok(performance.now() - started < 120_000);
    const reserved = await eventually(async () => {
      const [row] = await server.run<{ r: number }>(
        `select reserved_tokens::int as r from chorograph.gemini_budget where subject = 'all'`,
      );
      return row?.r === 0 && row;
    });
    assert.deepEqual(reserved, { r: 0 });
  });

  it('hold for addresses and keys by themselves, and say when to come back', async () => {
    const { server, ask } = await askServer(
      {},
      policyWith({ perMinute: { anonymous: 2, keyed: 3, calls: 1000 } }),
    );
    const { key } = await createKey(server.ctx.db, { name: 'asker', scopes: ['ask'] });
    const keyed = async (): Promise<number> =>
      (await server.api.post('/gemini/ask').set('X-API-Key', key).send({ question: 'Apa itu NU?' })).status;
    const statuses = [];
    for (let i = 0; i < 3; i++) statuses.push((await ask('Apa itu NU?')).status);
    assert.deepEqual(statuses, [200, 200, 429]);
    const { body, headers } = await ask('Apa itu NU?');
    assert.equal(body.code, 'too_many_requests');
    assert.ok(Number(headers['retry-after']) > 0 && Number(headers['retry-after']) <= 60);
    assert.deepEqual([await keyed(), await keyed(), await keyed(), await keyed()], [200, 200, 200, 429]);
    await server.ctx.auditing.flush();
    const rows = await server.run<{ object: string; actor: string }>(
      `select distinct object, left(actor, 4) as actor from chorograph.audit_event where action = 'limit.hit' order by 2`,
    );
    assert.deepEqual(rows, [
      { object: 'limit:ask', actor: 'anon' },
      { object: 'limit:ask', actor: 'key:' },
    ]);
  });

  it('end a day whose money is spent, which the database remembers', async () => {
    const policy = policyWith({ perDay: { usd: 0.05, usdPerKey: 0.05 } });
    const { server, ask } = await askServer({}, policy);
    assert.equal((await ask('Apa itu NU?')).status, 200);
    await server.run(`update chorograph.gemini_budget set cost_micros = 49000 where subject = 'all'`);
    const { status, body, headers } = await ask('Apa itu santri?');
    assert.deepEqual([status, body.code], [429, 'ask_budget_spent']);
    assert.ok(Math.abs(Number(headers['retry-after']) - untilTomorrow(new Date())) < 60);
    assert.equal((await ask('Apa itu NU?')).status, 200); // what was answered before costs nothing
    assert.equal((await ask('Siapa capres terbaik?')).status, 200);
    const spent = await new TableBudget(server.ctx.db).spent(dayOf(new Date()), 'all');
    assert.deepEqual([spent.requests, spent.micros], [1, 49_000]);
  });

  it('may demand a key', async () => {
    const { server } = await askServer({ environment: { CHOROGRAPH_ASK_ACCESS: 'key' } });
    const { key } = await createKey(server.ctx.db, { name: 'refresher', scopes: ['refresh'] });
    const { key: asker } = await createKey(server.ctx.db, { name: 'asker', scopes: ['ask'] });
    const ask = (key?: string) => {
      const request = server.api.post('/gemini/ask').send({ question: 'Apa itu NU?' });
      return key ? request.set('Authorization', `Bearer ${key}`) : request;
    };
    await ask().expect(401);
    await ask(key).expect(403);
    await ask(asker).expect(200);
  });

  const stores: [string, (server: AskServer['server']) => BudgetStore][] = [
    ['memory', () => new MemoryBudget()],
    ['the table', (server) => new TableBudget(server.ctx.db)],
  ];
  for (const [name, make] of stores)
    it(`of the budget are never exceeded by questions at once, in ${name}`, async () => {
      const { server } = await askServer();
      const store = make(server);
      const allowance = [
        { subject: 'all', tokens: 1000, micros: 1e6 },
        { subject: 'key:x', tokens: 500, micros: 1e6 },
      ];
      const results = await Promise.all(
        Array.from({ length: 20 }, () => store.reserve('2026-11-27', allowance, { tokens: 100, micros: 10 })),
      );
      assert.deepEqual(
        [
          results.filter((each) => each === undefined).length,
          results.filter((each) => each === 'key:x').length,
        ],
        [5, 15],
      );
      assert.deepEqual(await store.spent('2026-11-27', 'all'), { requests: 5, tokens: 500, micros: 50 });
      await store.settle(
        { day: '2026-11-27', subjects: ['all', 'key:x'], tokens: 100, micros: 10 },
        { input: 20, cached: 5, output: 10 },
        3,
      );
      assert.deepEqual(await store.spent('2026-11-27', 'key:x'), { requests: 5, tokens: 430, micros: 43 });
      assert.equal(await store.reserve('2026-11-28', allowance, { tokens: 600, micros: 1 }), 'key:x');
    });

  it('are kept by a gate that forgets nobody and waits for nobody who left', async () => {
    const gate = new Gate(2, 2);
    const order: string[] = [];
    const never = new AbortController().signal;
    const leaving = new AbortController();
    const ends: (() => void)[] = [];
    const work = (name: string, signal = never): Promise<void> =>
      gate.pass(signal, async () => {
        order.push(name);
        await new Promise<void>((resolve) => ends.push(resolve));
      });
    const running = [work('a'), work('b')];
    const waiting = [work('c', leaving.signal), work('d')];
    await assert.rejects(work('e'), (error) => error instanceof AppError && error.code === 'ask_busy');
    leaving.abort(new Error('left'));
    await assert.rejects(waiting[0]!, /left/);
    assert.deepEqual(gate.load, { working: 2, waiting: 1 });
    ends.shift()!();
    await sleep(0);
    assert.deepEqual(order, ['a', 'b', 'd']);
    ends.forEach((end) => end());
    await Promise.all([...running, waiting[1]]);
    assert.deepEqual(gate.load, { working: 0, waiting: 0 });
  });
});
