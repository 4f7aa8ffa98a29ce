import type { Catalog } from '../catalog/catalog.ts';
import { sqlFile } from '../db/files.ts';
import type { Queryable } from '../db/types.ts';
import { AppError, shorten } from '../errors.ts';
import { contentTag } from '../http/answers/respond.ts';
import { choroplethName } from '../sight/access.ts';
import { PUBLIC, type Looking } from '../sight/sight.ts';
import type { Choropleth, ChoroplethEntry } from './definitions.ts';
import { resolveOne, type GuardedMaps, type RelationColumns } from './resolve.ts';

/** The choropleths of `maps.yaml`, held against the database whenever the catalogue changes. */
export class Choropleths {
  #entries: ReadonlyMap<string, ChoroplethEntry> = new Map();
  #version = 0;
  readonly #maps: GuardedMaps;
  readonly #rendering: string;

  /** @param rendering the program and its settings, as far as they decide bytes */
  constructor(maps: GuardedMaps, rendering: string) {
    this.#maps = maps;
    this.#rendering = rendering;
  }

  /** Grows whenever a definition was found to be another than before. */
  get version(): number {
    return this.#version;
  }

  all(): ChoroplethEntry[] {
    return [...this.#entries.values()];
  }

  /** Those that one may see. */
  seen(sight: Looking): ChoroplethEntry[] {
    return this.all().filter((entry) => sees(sight, entry));
  }

  /** Whether everybody may know of what has this id, or of nothing that has it. */
  isPublic(id: string): boolean {
    return this.#entries.get(id)?.access === undefined;
  }

  /** Whether there is any that not everybody may see. */
  get isRestricted(): boolean {
    return this.all().some(({ access }) => access !== undefined);
  }

  /**
   * What one may not see is not there: it is refused in the same words.
   * @throws AppError `choropleth_not_found` (404), `choropleth_unavailable` (501, with the reason).
   */
  get(id: string, sight: Looking = PUBLIC): Choropleth {
    const entry = this.#entries.get(id);
    if (!entry || !sees(sight, entry))
      throw new AppError('choropleth_not_found', { detail: `there is no choropleth ${shorten(id, 60)}` });
    if (!entry.choropleth) throw new AppError('choropleth_unavailable', { detail: entry.problem ?? '' });
    if (entry.access !== undefined) sight.reached?.(choroplethName(id));
    return entry.choropleth;
  }

  async resolve(db: Queryable, catalog: Catalog): Promise<void> {
    // As they are now: they may be read anew while the database is asked.
    const maps = { ...this.#maps };
    const configs = Object.entries(maps.choropleths);
    const relations = configs.map(([, config]) => config.cube.view);
    const found = await db.run<RelationColumns>(sqlFile('catalog/columns.sql', [relations]));
    const next = new Map(
      configs.map(([id, config]) => [
        id,
        withRendering(resolveOne(id, config, maps, catalog, found), this.#rendering),
      ]),
    );
    const changed =
      next.size !== this.#entries.size ||
      [...next].some(([id, entry]) => {
        const { choropleth, problem } = entry;
        const before = this.#entries.get(id);
        if (before?.access !== entry.access) return true;
        return before?.choropleth?.definition !== choropleth?.definition || before?.problem !== problem;
      });
    if (changed) this.#version++;
    this.#entries = next;
  }
}

function withRendering(entry: ChoroplethEntry, rendering: string): ChoroplethEntry {
  const { choropleth } = entry;
  if (!choropleth) return entry;
  return {
    ...entry,
    choropleth: { ...choropleth, definition: contentTag(choropleth.definition + rendering) },
  };
}

const sees = (sight: Looking, { id, access }: ChoroplethEntry): boolean =>
  sight.sees(access, choroplethName(id));
