import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { tileAt } from '../../server/engine/grid.ts';
import type { TileCoord } from '../../server/engine/types.ts';
import { AREA, makeCoverage } from './coverage.ts';
import { median, ms, percentile, table } from './report.ts';
import { seededRandom } from './suite/walk.ts';

/** A layer that is in memory, and that nothing is made of. */
export const SMALL_LAYER = 'bench_few';
const POLYGONS = 2_000;
const ZOOM = 9;
/** Between two tiles of somebody who looks at the map (ms). */
const PAUSE_MS = 20;
const BEFORE = 200;
/** Between two looks at the memory (ms). */
const SAMPLE_MS = 500;

export async function makeSmallLayer(url: string): Promise<void> {
  await makeCoverage(url, SMALL_LAYER, POLYGONS);
}

export type AskSmall = (coord: TileCoord) => Promise<unknown>;

/** What others notice of a build: tiles of another layer, and memory. */
export class Meanwhile {
  readonly #ask: AskSmall;
  readonly #random = seededRandom(5);
  readonly #before: number[] = [];
  readonly #during: number[] = [];
  #server = { before: 0, most: 0 };
  #builder = 0;

  constructor(ask: AskSmall) {
    this.#ask = ask;
  }

  /** Tiles while nothing else is done. The layer is read by then. */
  async before(): Promise<void> {
    for (let i = 0; i < BEFORE; i++) await this.#tile();
    for (let i = 0; i < BEFORE; i++) this.#before.push(await this.#tile());
  }

  /**
   * Tiles, and how much memory is taken, until something is made.
   * @param isMade asked twice a second
   * @param pid the server's process
   */
  async until(isMade: () => Promise<boolean>, client: pg.Client, pid: number): Promise<void> {
    this.#server.before = anonymousMegabytes(pid);
    for (let looked = -Infinity; ;) {
      if (performance.now() - looked > SAMPLE_MS) {
        if (await isMade()) return;
        await this.#look(client, pid);
        looked = performance.now();
      }
      this.#during.push(await this.#tile());
      await sleep(PAUSE_MS);
    }
  }

  report(): void {
    const cells = (took: readonly number[]): string[] => [ms(median(took)), ms(percentile(took, 99))];
    table('Tiles of another layer, in memory, before and while it was made; memory that was taken', [
      ['before p50', 'p99', 'meanwhile p50', 'p99', 'the server, before', 'at most', 'PostgreSQL, to build'],
      [
        ...cells(this.#before),
        ...cells(this.#during),
        `${this.#server.before} MB`,
        `${this.#server.most} MB`,
        `${this.#builder} MB`,
      ],
    ]);
  }

  async #tile(): Promise<number> {
    const longitude = AREA.west + this.#random() * (AREA.east - AREA.west);
    const latitude = AREA.south + this.#random() * (AREA.north - AREA.south);
    const started = performance.now();
    await this.#ask(tileAt(longitude, latitude, ZOOM));
    return performance.now() - started;
  }

  async #look(client: pg.Client, pid: number): Promise<void> {
    this.#server.most = Math.max(this.#server.most, anonymousMegabytes(pid));
    const { rows } = await client.query<{ pid: number }>(
      `select pid from pg_stat_activity where application_name ~ '^chorograph (pyramid|overviews) '`,
    );
    for (const backend of rows) this.#builder = Math.max(this.#builder, anonymousMegabytes(backend.pid));
  }
}

/** Memory that a process has to itself, neither files nor what is shared with others; 0 where it is not on this machine. */
function anonymousMegabytes(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/RssAnon:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1000);
  } catch {
    return 0;
  }
}
