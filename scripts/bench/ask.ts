import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseDocument } from 'yaml';
import { projectPath } from '../../server/tools/paths.ts';
import { GeminiStub, STUB_KEY } from '../gemini-stub/server.ts';
import { seedCounties } from './growth.ts';
import { median, ms, percentile, table, times } from './report.ts';
import { startServerProcess } from './server-process.ts';

const QUESTIONS = 100;
const ROUNDS = 7;
/** Of a question; tiles are asked for as long. */
const DEADLINE_MS = 4000;
const CONNECTIONS = 4;

/** Tiles of counties, in turn with nothing else to do and while questions hang; medians of rounds. */
export async function benchAsk(databaseUrl: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  await seedCounties(databaseUrl);
  const stub = await GeminiStub.start();
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    GEMINI_API_KEY: STUB_KEY,
    GEMINI_BASE_URL: stub.url,
    CHOROGRAPH_ASK_POLICY: await policyIn(folder),
  });
  try {
    stub.mode = 'hang';
    await tilesFor(server.url, DEADLINE_MS); // to be compiled
    const quiet: Round[] = [];
    const asking: (Round & Ended)[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      quiet.push(await tilesFor(server.url, DEADLINE_MS));
      const [tiles, ended] = await Promise.all([
        tilesFor(server.url, DEADLINE_MS),
        askAll(server.url, round),
      ]);
      asking.push({ ...tiles, ...ended });
    }
    const middle = (rounds: readonly Round[], what: keyof Round): number =>
      median(rounds.map((each) => each[what]));
    const row = (label: string, what: keyof Round): string[] => [
      label,
      ms(middle(quiet, what)),
      ms(middle(asking, what)),
      times(middle(asking, what) / middle(quiet, what)),
    ];
    table(`Tiles while ${QUESTIONS} questions wait for a model that never answers, ${ROUNDS} rounds`, [
      ['', 'no questions', 'questions', 'ratio'],
      row('tile p50', 'p50'),
      row('tile p99', 'p99'),
    ]);
    const last = Math.max(...asking.map(({ lastMs }) => lastMs));
    table(`The questions, with a deadline of ${DEADLINE_MS} ms`, [
      ['', 'result'],
      [
        'answered 503 with Retry-After',
        `${asking.reduce((sum, each) => sum + each.refused, 0)} of ${QUESTIONS * ROUNDS}`,
      ],
      ['the last one after', ms(last)],
    ]);
  } finally {
    await server.stop();
    await stub.stop();
    await rm(folder, { recursive: true });
  }
}

/** The default policy with room for all these questions, and little patience. */
async function policyIn(folder: string): Promise<string> {
  const document = parseDocument(await readFile(projectPath('ask.yaml'), 'utf8'));
  document.set(
    'limits',
    document.createNode({
      perMinute: { anonymous: 100_000, keyed: 100_000, calls: 100_000 },
      perDay: { tokens: 1e10, tokensPerKey: 1e10, usd: 1e5, usdPerKey: 1e5 },
      deadlineMs: DEADLINE_MS,
    }),
  );
  const file = join(folder, 'ask.yaml');
  await writeFile(file, document.toString());
  return file;
}

interface Round {
  p50: number;
  p99: number;
}

/** Latencies of a walk over county tiles, each connection asking again as soon as it was answered. */
async function tilesFor(url: string, duration: number): Promise<Round> {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  const until = performance.now() + duration;
  const latencies: number[] = [];
  let next = 0;
  const walk = async (): Promise<void> => {
    while (performance.now() < until) {
      const i = next++;
      const started = performance.now();
      await fetched(`${url}/tiles/us_counties/6/${12 + (i % 8)}/${22 + ((i >> 3) % 5)}.mvt`, agent);
      latencies.push(performance.now() - started);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, walk));
  agent.destroy();
  return { p50: median(latencies), p99: percentile(latencies, 99) };
}

function fetched(url: string, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers: { 'accept-encoding': 'gzip' } }, (res) => {
      const isTile = res.statusCode === 200 || res.statusCode === 204;
      res.resume().once('end', () => (isTile ? resolve() : reject(new Error(`${url}: ${res.statusCode}`))));
    }).once('error', reject);
  });
}

interface Ended {
  /** Answered 503 with `Retry-After`. */
  refused: number;
  lastMs: number;
}

async function askAll(url: string, round: number): Promise<Ended> {
  const started = performance.now();
  const answers = await Promise.all(
    Array.from({ length: QUESTIONS }, async (_, i) => {
      const question = `Apa itu santri dan pesantren pada tahun ${1000 + round * QUESTIONS + i}?`;
      const headers = { 'Content-Type': 'application/json' };
      const body = JSON.stringify({ question });
      const res = await fetch(`${url}/gemini/ask`, { method: 'POST', headers, body });
      await res.arrayBuffer();
      return res.status === 503 && Number(res.headers.get('retry-after')) >= 1;
    }),
  );
  return { refused: answers.filter(Boolean).length, lastMs: performance.now() - started };
}
