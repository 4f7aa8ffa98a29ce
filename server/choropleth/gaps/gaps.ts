import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import type { Check } from '../../capability.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { isVersioned, passingMoment } from '../../generations/tokens.ts';
import type { AnswerWarning } from '../classes/classes.ts';
import type { Choropleths } from '../choropleths.ts';
import type { Choropleth } from '../definitions.ts';
import { choroplethGeneration, type ChoroplethGeneration } from '../version.ts';
import { findGaps } from './find.ts';

export interface GapsContext {
  readonly db: Database;
  readonly choropleths: Choropleths;
  readonly generations: { of(relation: string): string };
}

const KEPT = 500;
/** Health is asked often and answers soon; what takes longer to look at is told the next time. */
const PATIENCE_MS = 500;

/** What every choropleth leaves out, looked at once for a generation. */
export class Gaps {
  readonly #ctx: GapsContext;
  readonly #known = new LRUCache<string, readonly AnswerWarning[]>({ max: KEPT });
  #looking: Promise<void> | undefined;

  constructor(ctx: GapsContext) {
    this.#ctx = ctx;
  }

  /** Of the moment of a transaction, which is that of the generation. */
  async at(
    tx: Queryable,
    choropleth: Choropleth,
    generation: ChoroplethGeneration,
  ): Promise<readonly AnswerWarning[]> {
    const key = keyOf(choropleth, generation);
    const known = this.#known.get(key);
    if (known) return known;
    const found = await findGaps(tx, choropleth);
    this.#known.set(key, found);
    return found;
  }

  /** For `/health`: it is no fault of the server that data do not match, but whoever runs it should know. */
  async check(): Promise<Check> {
    if (this.#unknown().length > 0) {
      this.#looking ??= this.#look().finally(() => (this.#looking = undefined));
      const patience = new AbortController();
      await Promise.race([
        this.#looking,
        sleep(PATIENCE_MS, undefined, { signal: patience.signal }).catch(() => {}),
      ]);
      patience.abort();
    }
    const unknown = this.#unknown().length;
    const warnings = this.#available().flatMap((choropleth) =>
      (this.#known.get(this.#keyNow(choropleth)) ?? []).map((warning) => ({
        choropleth: choropleth.id,
        ...warning,
      })),
    );
    return {
      status: 'ok',
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(unknown > 0 ? { notYetLookedAt: unknown } : {}),
    };
  }

  async #look(): Promise<void> {
    for (const choropleth of this.#unknown()) {
      const key = this.#keyNow(choropleth); // before the data
      try {
        this.#known.set(key, await findGaps(this.#ctx.db, choropleth));
      } catch {
        return; // the check of the database tells
      }
    }
  }

  #unknown(): Choropleth[] {
    return this.#available().filter((choropleth) => !this.#known.has(this.#keyNow(choropleth)));
  }

  #available(): Choropleth[] {
    return this.#ctx.choropleths.all().flatMap(({ choropleth }) => choropleth ?? []);
  }

  #keyNow(choropleth: Choropleth): string {
    const { generations } = this.#ctx;
    return keyOf(
      choropleth,
      choroplethGeneration(choropleth, (relation) => generations.of(relation)),
    );
  }
}

function keyOf({ definition }: Choropleth, { regions, cube }: ChoroplethGeneration): string {
  const passing = isVersioned(regions) && isVersioned(cube) ? [] : [passingMoment()];
  return JSON.stringify([definition, regions, cube, ...passing]);
}
