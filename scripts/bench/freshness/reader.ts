import { Agent, get } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import { roundOf } from './data.ts';

const TILES = [
  '2/1/1',
  '2/2/1',
  '2/1/2',
  '2/2/2',
  '3/3/3',
  '3/4/3',
  '3/3/4',
  '3/4/4',
  '4/7/7',
  '4/8/8',
  '5/15/15',
];
/** Tiles with values, boundaries alone, and documents. */
export const PATHS = [
  ...TILES.map((tile) => `/gis/choropleth/facts/tiles/${tile}.mvt`),
  ...TILES.slice(0, 4).map((tile) => `/tiles/region/${tile}.mvt`),
  '/gis/choropleth/facts/values.json',
  '/gis/choropleth/facts/classes.json',
  '/gis/choropleth/facts/legend.json',
];

export interface Read {
  url: string;
  /** When it was sent, ms of `performance.now()`. */
  at: number;
  ms: number;
  /** 0 where no answer came. */
  status: number;
  body: Buffer;
}

/** Reads tiles and documents of all servers by turns, `rate` requests a second whatever the answers take. */
export class Reader {
  readonly reads: Read[] = [];
  readonly #urls: readonly string[];
  readonly #agent = new Agent({ keepAlive: true });
  readonly #rate: number;

  constructor(servers: readonly string[], rate: number) {
    this.#urls = PATHS.flatMap((path) => servers.map((server) => server + path));
    this.#rate = rate;
  }

  /** Reads until `work` is done and every answer is there. */
  async during(work: () => Promise<void>): Promise<Read[]> {
    const reads: Promise<Read>[] = [];
    const started = performance.now();
    const timer = setInterval(() => {
      const due = ((performance.now() - started) / 1000) * this.#rate;
      while (reads.length < due) reads.push(this.#read(this.#urls[reads.length % this.#urls.length]!));
    }, 2);
    try {
      await work();
    } finally {
      clearInterval(timer);
    }
    return Promise.all(reads);
  }

  close(): void {
    this.#agent.destroy();
  }

  #read(url: string): Promise<Read> {
    const at = performance.now();
    return new Promise((resolve) => {
      const done = (status: number, body: Buffer): void =>
        resolve({ url, at, ms: performance.now() - at, status, body });
      get(url, { agent: this.#agent, headers: { 'Accept-Encoding': 'gzip' } }, (res) => {
        const chunks: Buffer[] = [];
        res.on('data', (chunk: Buffer) => chunks.push(chunk));
        res.on('error', () => done(0, Buffer.alloc(0)));
        res.on('end', () => {
          const body = Buffer.concat(chunks);
          done(res.statusCode ?? 0, res.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body);
        });
      }).on('error', () => done(0, Buffer.alloc(0)));
    });
  }
}

export interface Verdict {
  /** Answers that hold figures, looked into. */
  checked: number;
  errors: number;
  /** Answers with figures of two rounds, or of another round than their generation stands for elsewhere. */
  mixed: number;
  rounds: number;
}

/** Looks into every payload for figures of more than one generation. */
export function verify(reads: readonly Read[]): Verdict {
  const byGeneration = new Map<string, number>();
  const rounds = new Set<number>();
  const verdict: Verdict = { checked: 0, errors: 0, mixed: 0, rounds: 0 };
  for (const { url, status, body } of reads) {
    if (status !== 200) verdict.errors++;
    const payload = status === 200 ? marksIn(url, body) : undefined;
    if (!payload) continue;
    verdict.checked++;
    const round = roundOf(payload.marks);
    const known = payload.generation === undefined ? round : (byGeneration.get(payload.generation) ?? round);
    if (round === undefined || known !== round) {
      verdict.mixed++;
      continue;
    }
    rounds.add(round);
    if (payload.generation !== undefined) byGeneration.set(payload.generation, round);
  }
  return { ...verdict, rounds: rounds.size };
}

/** Marks by region; undefined for what has none (boundaries, classes). */
function marksIn(url: string, body: Buffer): { marks: Map<string, number>; generation?: string } | undefined {
  if (url.endsWith('/values.json')) {
    const { rows, generation } = JSON.parse(body.toString()) as {
      rows: [string, string, null, number][];
      generation: { cube: string };
    };
    return { marks: new Map(rows.map(([code, , , value]) => [code, value])), generation: generation.cube };
  }
  if (!url.includes('/facts/tiles/')) return undefined;
  const layer = new VectorTile(new PbfReader(body)).layers.facts;
  const marks = new Map<string, number>();
  for (let i = 0; i < (layer?.length ?? 0); i++) {
    const { code, value } = layer!.feature(i).properties;
    marks.set(String(code), Number(value));
  }
  return { marks };
}
