import { LRUCache } from 'lru-cache';
import { RowFaults } from '../catalog/faults.ts';
import { inRole } from '../db/connections/role.ts';
import type { Database } from '../db/types.ts';
import { MemoryLayers } from '../engine/memory/layers.ts';
import { Generations } from '../generations/generations.ts';
import { HotRequests } from '../generations/hot.ts';
import { ResponseCache } from '../http/cache/response-cache.ts';
import type { Access } from '../sight/access.ts';
import type { RowRole, Sight } from '../sight/sight.ts';

/** Roles, each with its claims, that are served at a time; and how long one is remembered that nobody uses. */
const MOST = 16;
const IDLE_MS = 60_000;
/** Of the budget of layers in memory, what each of them may take; and for its answers, in bytes. */
const VERTEX_SHARE = 4;
const ANSWER_BYTES = 8_000_000;

/** What rows are read and kept with, one of each for a role: nothing of it is ever another's. */
export interface RoleParts {
  readonly db: Database;
  /** Knows nothing: what a policy shows may change with any table, so answers are kept for a few seconds alone. */
  readonly generations: Generations;
  readonly faults: RowFaults;
  readonly memory: MemoryLayers;
  readonly cache: ResponseCache;
  readonly hot: HotRequests;
}

export interface RolesContext {
  readonly config: {
    readonly memoryVertices: number;
    readonly memoryWaitMs: number;
    readonly tile: { readonly buffer: number };
  };
  readonly db: Database;
  readonly cache: ResponseCache;
}

/** Serves what is of `access: role`: by the parts of the server that read rows, made anew for each role. */
export class Roles {
  readonly #ctx: RolesContext;
  readonly #parts = new LRUCache<string, RoleParts>({ max: MOST, ttl: IDLE_MS, updateAgeOnGet: true });

  constructor(ctx: RolesContext) {
    this.#ctx = ctx;
  }

  /** A context for something of this access: its own where everybody sees the same rows, else one that reads as the role. */
  reading<Context extends object>(
    ctx: Context,
    access: Access | undefined,
    sight: Sight | undefined,
  ): Context {
    if (access !== 'role') return ctx;
    const role = sight?.viewer?.role;
    if (!role) throw new Error('what is of a role is read by nobody else'); // no lookup finds it
    return { ...ctx, ...this.#partsOf(role) };
  }

  #partsOf(role: RowRole): RoleParts {
    const key = JSON.stringify([role.role, role.claims]);
    const known = this.#parts.get(key);
    if (known) return known;
    const made = this.#make(role);
    this.#parts.set(key, made);
    return made;
  }

  #make(role: RowRole): RoleParts {
    const { config, cache: shared } = this.#ctx;
    const quiet = (): void => {}; // how many rows a role sees is nobody's business
    const db = inRole(this.#ctx.db, role);
    const generations = new Generations(db, quiet);
    const faults = new RowFaults(db, quiet);
    const maxVertices = Math.ceil(config.memoryVertices / VERTEX_SHARE);
    const memory = new MemoryLayers(
      db,
      { maxVertices, buffer: config.tile.buffer, patienceMs: config.memoryWaitMs },
      quiet,
      generations,
      faults,
    );
    const cache = new ResponseCache(ANSWER_BYTES);
    cache.charge = () => shared.charge?.() ?? Promise.resolve(undefined);
    return { db, generations, faults, memory, cache, hot: new HotRequests(quiet) };
  }
}
