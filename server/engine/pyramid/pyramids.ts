import { setTimeout as sleep } from 'node:timers/promises';
import type { Catalog } from '../../catalog/catalog.ts';
import { relationName, type Layer, type TableLayer } from '../../catalog/types.ts';
import type { Sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import type { Database } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import type { Observe } from '../../observe/events.ts';
import type { Generations } from '../../generations/generations.ts';
import { Background } from './background.ts';
import { buildPyramid, dropOthers, readBuilds, type BuildOutcome } from './build.ts';
import { pyramidRelation, withMadeOf, type CellsOptions } from './record.ts';
import type { PyramidEvent } from './events.ts';
import type { PyramidMaps } from './maps.ts';
import {
  automaticDefinition,
  canServe,
  definePyramid,
  type PyramidBuild,
  type PyramidDefinition,
} from './definition.ts';

/** A layer's pyramid: what it is to be, and the build that is served until the next one is done. */
export interface Pyramid {
  readonly definition: PyramidDefinition;
  /** Undefined before the first build; of one that was made by itself, whenever that is of older data than the layer. */
  readonly build: PyramidBuild | undefined;
}

interface Options {
  db: Database;
  maps: PyramidMaps;
  generations: Generations;
  observe: Observe<PyramidEvent>;
  /** False builds only what `build()` is asked for. */
  background?: boolean;
  /** Whether a layer may have one without being given it; none may where absent. */
  isOn?: (layer: TableLayer) => boolean;
}

const UNDEFINED_TABLE = '42P01';
/** No such table, no such column (of a standby that is not migrated yet), no such schema, no privilege. */
const NO_SCHEMA: ReadonlySet<string> = new Set([UNDEFINED_TABLE, '42703', '3F000', '42501']);

/** One that was made by itself, as it is served: with its build while that is of the layer's present data. */
interface Automatic {
  readonly made: PyramidBuild;
  readonly fresh: Pyramid;
  readonly old: Pyramid;
}

/**
 * The pyramids of all layers that `maps.yaml` gives one. Each is built when it is missing, made by
 * another definition, or older than its source; meanwhile the last build is served. Those that other layers get by
 * themselves are built by the automatic builder, and served while they are of the layer's present data alone.
 */
export class Pyramids {
  readonly #options: Options;
  #definitions: ReadonlyMap<string, PyramidDefinition> = new Map();
  #builds: Awaited<ReturnType<typeof readBuilds>> = new Map();
  #problems: ReadonlyMap<string, string> = new Map();
  /** What other layers may have without being given it. */
  #automatic: ReadonlyMap<string, PyramidDefinition> = new Map();
  readonly #served = new Map<string, Automatic>();
  readonly #handlers: (() => void)[] = [];
  /** Generations of the pyramids when their builds were read. */
  readonly #seen = new Map<string, string>();
  #epoch = 0;
  #state = '';
  readonly #stopping = new AbortController();
  readonly #background: Background;

  constructor(options: Options) {
    this.#options = options;
    this.#background = new Background({
      stale: () =>
        [...this.#definitions.values()]
          .filter((one) => !this.isBuiltOf(one, options.generations.of(relationName(one.layer))))
          .map(({ layer }) => layer.id),
      build: (layer, mayReadAll) => this.build(layer, { mayReadAll }),
      // Where the database is away, the poll that finds it calls again.
      look: () => this.#noticeOthers().catch(() => {}),
      failed: (layer, error) => options.observe({ type: 'pyramid.failed', layer, error }),
    });
    if (options.background !== false) options.generations.onChange(() => this.check());
  }

  /** Holds `maps.yaml` against the catalogue and reads which builds there are. */
  async resolve(catalog: Catalog): Promise<void> {
    const definitions = new Map<string, PyramidDefinition>();
    const problems = new Map<string, string>();
    const automatic = this.#automaticOf(catalog);
    for (const [id, { pyramid }] of Object.entries(this.#options.maps.layers)) {
      const layer = catalog.all().find((candidate) => candidate.id === id);
      // Cells are made of all rows, and of these each role sees others.
      if (!pyramid || layer?.type !== 'table' || layer.problem || layer.access === 'role') continue;
      const definition = definePyramid(layer, pyramid);
      if (typeof definition === 'string') problems.set(id, definition);
      else definitions.set(id, definition);
    }
    if (definitions.size + automatic.size > 0 && !(await this.#canBeKept())) {
      for (const id of definitions.keys()) problems.set(id, 'the role may not use schema chorograph');
      definitions.clear();
      automatic.clear();
    }
    this.#definitions = definitions;
    this.#problems = problems;
    this.#automatic = automatic;
    this.#served.clear();
    this.#note();
  }

  #automaticOf(catalog: Catalog): Map<string, PyramidDefinition> {
    const { maps, isOn } = this.#options;
    const all = catalog.all().flatMap((layer): [string, PyramidDefinition][] => {
      if (layer.type !== 'table' || maps.layers[layer.id]?.pyramid || isOn?.(layer) !== true) return [];
      const definition = automaticDefinition(layer);
      return definition ? [[layer.id, definition]] : [];
    });
    return new Map(all);
  }

  /** How many layers `maps.yaml` gives one. */
  get size(): number {
    return this.#definitions.size;
  }

  /** What layers of points that `maps.yaml` gives none would be made of. */
  get automatic(): PyramidDefinition[] {
    return [...this.#automatic.values()];
  }

  /** Whether the present build is by this definition, and of this generation of the layer. */
  isBuiltOf({ layer, fingerprint }: PyramidDefinition, sourceToken: string): boolean {
    const build = this.#builds.get(layer.id);
    return build?.fingerprint === fingerprint && build.sourceToken === sourceToken;
  }

  /** Takes in that a layer's pyramid was built, and drops the builds before. */
  async readAgain(layer: string): Promise<void> {
    await this.#readBuilds();
    const table = this.#builds.get(layer)?.table;
    const [, id, build] = /^pyramid_(\d+)_(\d+)$/.exec(table ?? '') ?? [];
    // A reader that still goes by the build before finds its table gone and takes the points.
    if (id !== undefined) await dropOthers(this.#options.db, Number(id), Number(build)).catch(() => {});
  }

  /** Grows whenever any tile may have come to be made of other cells, or of cells at all. */
  get epoch(): number {
    return this.#epoch;
  }

  /** The pyramid of a layer; undefined where it has none or it cannot be. */
  of(layer: Layer): Pyramid | undefined {
    const definition = this.#definitions.get(layer.id);
    if (!definition)
      return this.#automatic.has(layer.id) ? this.#ofAutomatic(layer as TableLayer) : undefined;
    const build = this.#builds.get(layer.id);
    return { definition, build: canServe(definition, build?.fingerprint) ? build : undefined };
  }

  #ofAutomatic(layer: TableLayer): Pyramid | undefined {
    const build = this.#builds.get(layer.id);
    if (build?.below === undefined) return undefined;
    let served = this.#served.get(layer.id);
    if (served?.made !== build) {
      const definition = this.#automatic.get(layer.id);
      if (!definition || !canServe(definition, build.fingerprint)) return undefined;
      const chosen = { ...definition, below: build.below };
      served = {
        made: build,
        fresh: { definition: chosen, build },
        old: { definition: chosen, build: undefined },
      };
      this.#served.set(layer.id, served);
    }
    const isFresh = build.sourceToken === this.#options.generations.of(relationName(layer));
    return isFresh ? served.fresh : served.old;
  }

  /** Why a layer has no pyramid although `maps.yaml` gives it one. */
  problem(layer: Layer): string | undefined {
    return this.#problems.get(layer.id);
  }

  /** What a layer's cells are of besides the layer; undefined where it has none. */
  versionOf(layer: Layer): string | undefined {
    const pyramid = this.of(layer);
    if (!pyramid) return undefined;
    const { definition, build } = pyramid;
    // A database that is made anew may use the name of a table again.
    return JSON.stringify([
      definition.fingerprint,
      definition.below,
      build?.table,
      build?.sourceToken,
      build?.builtAt,
    ]);
  }

  /** Called after another build is in use, whoever made it. */
  onChange(handler: () => void): void {
    this.#handlers.push(handler);
  }

  /** Whether the source changed since the build was made. */
  isStale(layer: TableLayer): boolean {
    return this.of(layer)?.build?.sourceToken !== this.#options.generations.of(relationName(layer));
  }

  /**
   * Runs a query on the cells of the layer's present build. Where another instance has dropped that build
   * for the next one, the query is asked of the next one.
   */
  async run<Row extends object>(
    layer: Layer,
    query: (build: PyramidBuild) => Sql,
    options?: CellsOptions,
  ): Promise<{ rows: Row[]; build: PyramidBuild }> {
    const first = this.#present(layer);
    const found = await this.runOn<Row>(layer, first, query, options);
    if (found) return found;
    const next = this.#present(layer);
    const { db } = this.#options;
    return { rows: await db.run<Row>(query(next), { ...options, readOnly: true }), build: next };
  }

  /** The same of one build alone: undefined where that is gone, or is of other data by now. */
  async runOn<Row extends object>(
    layer: Layer,
    build: PyramidBuild,
    query: (build: PyramidBuild) => Sql,
    options?: CellsOptions,
  ): Promise<{ rows: Row[]; build: PyramidBuild } | undefined> {
    try {
      const rows = await this.#options.db.run<Row & { madeOf: string }>(
        withMadeOf(layer.id, query(build), options?.isKept === true),
        { ...options, readOnly: true },
      );
      if (rows.every(({ madeOf }) => madeOf === build.sourceToken)) return { rows, build };
    } catch (error) {
      if (!(error instanceof AppError) || sqlState(error.cause) !== UNDEFINED_TABLE) throw error;
    }
    await this.#readBuilds();
    return undefined;
  }

  /** Starts building what has to be built. Resolves when that is done, or after `patienceMs`. */
  async start(patienceMs: number): Promise<void> {
    this.check();
    const enough = new AbortController();
    const waited = sleep(patienceMs, undefined, { signal: enough.signal }).catch(() => {});
    await Promise.race([this.settled(), waited]);
    enough.abort();
  }

  /** Looks whether something has to be built, now or when its rest is over, and does so in the background. */
  check(): void {
    if (this.#definitions.size + this.#automatic.size === 0 || this.#stopping.signal.aborted) return;
    // Those that are there are served.
    if (this.#options.db.surroundings?.readOnly) return void this.#noticeOthers().catch(() => {});
    this.#background.check();
  }

  /** Resolves when nothing is being built; what rests or failed is not waited for. */
  settled(): Promise<void> {
    return this.#background.settled();
  }

  /** Ends a running build and starts no more. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#background.stop();
  }

  /** Builds one pyramid now, in the caller's time. @throws what the database says */
  async build(
    layer: string,
    { force = false, mayReadAll = true }: { force?: boolean; mayReadAll?: boolean } = {},
  ): Promise<BuildOutcome> {
    const definition = this.#definitions.get(layer);
    if (!definition) throw new AppError('layer_not_found', { detail: `${layer} has no pyramid` });
    const { db, generations, observe } = this.#options;
    // An instance that has not heard yet of what another one built from would build again.
    await generations.pollAgain();
    const sourceToken = generations.of(relationName(definition.layer));
    const outcome = await buildPyramid(db, definition, {
      sourceToken,
      force,
      mayReadAll,
      signal: this.#stopping.signal,
      onStep: (step) => observe({ type: 'pyramid.building', layer, step }),
    });
    if (outcome === 'busy' || outcome === 'later') return outcome;
    await this.#readBuilds();
    const build = this.#builds.get(layer);
    if (outcome === 'built' && build) {
      const { points, leftOut, cells, buildMs } = build;
      observe({ type: 'pyramid.built', layer, points, leftOut, cells, ms: buildMs });
    }
    return outcome;
  }

  /** Another instance's build shows as a generation that we have not seen. */
  async #noticeOthers(): Promise<void> {
    const { generations } = this.#options;
    const tokens = [...this.#definitions.keys(), ...this.#automatic.keys()].map((id): [string, string] => [
      id,
      generations.of(pyramidRelation(id)),
    ]);
    if (tokens.every(([id, token]) => this.#seen.get(id) === token)) return;
    await this.#readBuilds();
    for (const [id, token] of tokens) this.#seen.set(id, token);
  }

  /** Reads the builds; false where the role has no schema to keep any in. */
  async #canBeKept(): Promise<boolean> {
    try {
      await this.#readBuilds();
      return true;
    } catch (error) {
      if (error instanceof AppError && NO_SCHEMA.has(sqlState(error.cause) ?? '')) return false;
      throw error;
    }
  }

  async #readBuilds(): Promise<void> {
    const before = this.#builds;
    this.#builds = await readBuilds(this.#options.db);
    const versionOf = (build?: PyramidBuild): string => `${build?.table} ${build?.sourceToken}`;
    const changed = [...this.#builds].some(([id, build]) => versionOf(before.get(id)) !== versionOf(build));
    this.#note();
    if (changed) for (const handler of this.#handlers) handler();
  }

  #note(): void {
    const all = [...this.#definitions, ...this.#automatic];
    const state = JSON.stringify([all.map(([id, { fingerprint }]) => [id, fingerprint]), [...this.#builds]]);
    if (state !== this.#state) this.#epoch++;
    this.#state = state;
  }

  #present(layer: Layer): PyramidBuild {
    const build = this.of(layer)?.build;
    if (!build) throw new AppError('starting', { detail: 'the cells of this layer are being built' });
    return build;
  }
}
