import { relationName, type TableLayer } from '../../catalog/types.ts';
import { number } from '../../catalog/expressions.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { UNKNOWN } from '../../generations/tokens.ts';
import { beyond } from '../auto/builder.ts';
import { endCapture } from '../auto/captures.ts';
import type { Forsaken } from '../auto/forsaken.ts';
import { Unable, type AutoBuilt, type AutoJob, type AutoTools } from '../auto/job.ts';
import { dropOthers, finish } from './build.ts';
import { PASS, passStatement } from './build-sql.ts';
import type { PyramidDefinition } from './definition.ts';
import { chooseBelow, coarserToFit, TILES_BELOW } from './density.ts';
import { follow, keepChanges } from './follow.ts';
import { consumerOf, lockRow, pyramidRelation } from './record.ts';
import type { Pyramids } from './pyramids.ts';

interface Needs {
  readonly config: { readonly auto: { readonly rows: number } };
  readonly db: Database;
  readonly generations: { of(relation: string): string };
  readonly memory: { fits(layer: TableLayer, token: string): Promise<boolean> };
  readonly pyramids: Pyramids;
}

/** A view whose size takes longer to count than this is asked again when something changed. */
const COUNT_TIMEOUT_MS = 3_000;
/** How long a layer that was found small is taken to be so (ms), whatever is written to it. */
const SMALL_FOR_MS = 60_000;

/** The pyramids that layers get without being asked for, as jobs of the automatic builder. */
export class AutomaticPyramids {
  readonly #needs: Needs;
  /** Until when a layer is taken to be small, by id. */
  readonly #smallUntil = new Map<string, number>();

  constructor(needs: Needs) {
    this.#needs = needs;
  }

  jobs(): AutoJob[] {
    return this.#needs.pyramids.automatic.map((definition) => this.#job(definition));
  }

  #job(definition: PyramidDefinition): AutoJob {
    const { generations, pyramids } = this.#needs;
    const { layer } = definition;
    // Read before the data: what changes later calls for another build.
    let token = UNKNOWN;
    return {
      kind: 'pyramid',
      layer,
      needed: async () => {
        token = generations.of(relationName(layer));
        // What nothing tells the changes of could be served as it was long ago.
        if (token === UNKNOWN || pyramids.isBuiltOf(definition, token)) return false;
        return this.#isLarge(layer, token);
      },
      prepare: () => keepChanges(this.#needs.db, definition),
      build: (tx, tools) => buildAutomatic(tx, definition, token, tools),
      built: () => pyramids.readAgain(layer.id),
    };
  }

  async #isLarge(layer: TableLayer, token: string): Promise<boolean> {
    if (performance.now() < (this.#smallUntil.get(layer.id) ?? 0)) return false;
    const isLarge = (await this.#hasMany(layer)) && !(await this.#needs.memory.fits(layer, token));
    if (!isLarge) this.#smallUntil.set(layer.id, performance.now() + SMALL_FOR_MS);
    return isLarge;
  }

  /** By the estimate where there is one: a table that was filled a moment ago has none, nor has a view. */
  async #hasMany({ schema, name, estimatedRows }: TableLayer): Promise<boolean> {
    const { config, db } = this.#needs;
    const { rows } = config.auto;
    if (estimatedRows > rows) return true;
    if (estimatedRows > 0 && estimatedRows * 2 < rows) return false;
    const [found] = await db.run<{ rows: number }>(
      sql`select count(*)::float8 as rows from (select from ${ident(schema, name)} limit ${number(rows + 1)}) few`,
      { readOnly: true, timeoutMs: COUNT_TIMEOUT_MS },
    );
    return (found?.rows ?? 0) > rows;
  }
}

/**
 * Takes in what changed, or chooses the switch zoom by how dense the points lie, and builds: undefined where that was
 * done meanwhile, `later` where all rows have to be read and that is not to be now.
 */
export async function buildAutomatic(
  tx: Queryable,
  definition: PyramidDefinition,
  sourceToken: string,
  { room, step, signal, mayReadAll }: AutoTools,
): Promise<AutoBuilt | 'later' | undefined> {
  const started = performance.now();
  const { id } = definition.layer;
  await tx.run(sql`insert into chorograph.pyramid (layer) values (${id}) on conflict do nothing`);
  const row = await lockRow(tx, id);
  if (!row || (row.definition === definition.fingerprint && row.source_token === sourceToken))
    return undefined;
  const followed = await follow(tx, definition, row, { sourceToken, room });
  if (followed) {
    const { rows, cells, table, points } = followed;
    return { tables: [table], rows: points, changed: { rows, written: cells } };
  }
  if (!mayReadAll) return 'later';
  step('looking how dense the points lie');
  await tx.run(passStatement({ ...definition, below: TILES_BELOW }));
  const wanted = await chooseBelow(tx);
  await tx.run(sql`drop table ${PASS}`);
  step(`reading the points for cells below zoom ${wanted}`);
  await tx.run(passStatement({ ...definition, below: wanted }));
  const { coarser, bytes } = await coarserToFit(tx, wanted, room);
  if (coarser >= wanted) throw new Unable(beyond(bytes, room));
  const chosen = { ...definition, below: wanted - coarser };
  const { table, points } = await finish(tx, chosen, row, {
    sourceToken,
    onStep: step,
    started,
    coarser,
    signal,
  });
  return { tables: [table], rows: points };
}

/** Drops a pyramid that was made by itself; one that `maps.yaml` gives the layer by now stays. */
export async function dropAutomatic(tx: Queryable, { layer }: Forsaken): Promise<boolean> {
  const [gone] = await tx.run<{ id: number }>(
    sql`delete from chorograph.pyramid where layer = ${layer} and below is not null returning id`,
  );
  if (!gone) return false;
  // Builds have numbers from 1.
  await dropOthers(tx, gone.id, 0);
  await endCapture(tx, consumerOf({ layer: { id: layer } }));
  await tx.run(sql`select chorograph.bump(${pyramidRelation(layer)})`);
  return true;
}
