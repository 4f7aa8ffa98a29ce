import { Agent, get } from 'node:http';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { seedDemo } from '../../server/demo/seed.ts';
import { readMaps } from '../../server/maps.ts';
import { startServer } from '../../server/server.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { benchLargeTiles } from './large-tiles.ts';
import { median, ms, percentile, table, times } from './report.ts';
import { startServerProcess } from './server-process.ts';

const ROUNDS = 5;
const ROUND_MS = 3_000;
/** Pictures that the other visitor always has asked for and not yet been given. */
const PICTURES = 16;
const CONNECTIONS = 2;
const MAP = '/gis/choropleth/us-unemployment/map.png?height=500&width=';

/** What somebody's map takes while another has pictures drawn as fast as he can: tiles, and a picture now and then. */
export async function benchFairness(databaseUrl: string): Promise<void> {
  await seed(databaseUrl);
  const server = await startServerProcess({
    DATABASE_URL: databaseUrl,
    CHOROGRAPH_MAPS: projectPath('data', 'maps.yaml'),
    CHOROGRAPH_TRUST_PROXY: '1',
    CHOROGRAPH_SCHEDULE: 'false',
  });
  try {
    const visitor = new Visitor(server.url, '203.0.113.1');
    const other = new Visitor(server.url, '203.0.113.2');
    await Promise.all([visitor.looks(ROUND_MS), other.draws(1, ROUND_MS)]); // to be compiled
    const alone: Round[] = [];
    const beside: Round[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      alone.push(await visitor.looks(ROUND_MS));
      const [looked] = await Promise.all([visitor.looks(ROUND_MS), other.draws(PICTURES, ROUND_MS)]);
      beside.push(looked);
    }
    const middle = (rounds: readonly Round[], what: keyof Round): number =>
      median(rounds.map((each) => each[what]));
    const row = (label: string, what: keyof Round): string[] => [
      label,
      ms(middle(alone, what)),
      ms(middle(beside, what)),
      times(middle(beside, what) / middle(alone, what)),
    ];
    table(
      `A visitor while another has ${PICTURES} pictures waiting at all times, medians of ${ROUNDS} rounds`,
      [
        ['', 'alone', 'beside', 'ratio'],
        row('tile p50', 'p50'),
        row('tile p99', 'p99'),
        row('a picture', 'picture'),
      ],
    );
    console.log(
      `  The other one was given ${other.pictures} pictures; a queue without turns would have the visitor's wait for ${PICTURES}.`,
    );
  } finally {
    await server.stop();
  }
  await benchLargeTiles(databaseUrl);
}

async function seed(databaseUrl: string): Promise<void> {
  const config = readConfig({ DATABASE_URL: databaseUrl, PORT: '0', LOG_LEVEL: 'silent' });
  const server = await startServer({ config, maps: readMaps(''), log: pino({ level: 'silent' }) });
  await server.ready;
  await seedDemo(server.ctx.db, { only: 'us' });
  await server.stop();
}

interface Round {
  p50: number;
  p99: number;
  picture: number;
}

class Visitor {
  readonly #url: string;
  readonly #address: string;
  readonly #agent = new Agent({ keepAlive: true });
  #tile = 0;
  pictures = 0;

  constructor(url: string, address: string) {
    this.#url = url;
    this.#address = address;
  }

  /** Walks over a map whose tiles nobody has asked for, and has it drawn once. */
  async looks(duration: number): Promise<Round> {
    const until = performance.now() + duration;
    const latencies: number[] = [];
    const walk = async (): Promise<void> => {
      while (performance.now() < until) {
        const i = this.#tile++;
        const path = `/tiles/us_counties/11/${350 + (i % 200)}/${700 + (Math.floor(i / 200) % 200)}.mvt`;
        latencies.push(await this.#asks(path));
      }
    };
    const drawn = this.#draw();
    await Promise.all([drawn, ...Array.from({ length: CONNECTIONS }, walk)]);
    return { p50: median(latencies), p99: percentile(latencies, 99), picture: await drawn };
  }

  /** Always waits for so many pictures. */
  async draws(atOnce: number, duration: number): Promise<void> {
    const until = performance.now() + duration;
    const draw = async (): Promise<void> => {
      while (performance.now() < until) await this.#draw();
    };
    await Promise.all(Array.from({ length: atOnce }, draw));
  }

  /** One that nobody has. */
  #draw(): Promise<number> {
    const from = this.#address.endsWith('1') ? 600 : 1_500;
    return this.#asks(`${MAP}${from + (this.pictures++ % 800)}`);
  }

  #asks(path: string): Promise<number> {
    const started = performance.now();
    const headers = { 'X-Forwarded-For': this.#address, 'accept-encoding': 'gzip' };
    return new Promise((resolve, reject) => {
      get(this.#url + path, { agent: this.#agent, headers }, (res) => {
        const isGood = res.statusCode === 200 || res.statusCode === 204;
        res
          .resume()
          .once('end', () =>
            isGood ? resolve(performance.now() - started) : reject(new Error(`${path}: ${res.statusCode}`)),
          );
      }).once('error', reject);
    });
  }
}
