import type { Catalog } from '../../catalog/catalog.ts';
import type { RowFaults } from '../../catalog/faults.ts';
import { relationName, type TableLayer } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import type { Generations } from '../../generations/generations.ts';
import { UNKNOWN } from '../../generations/tokens.ts';
import type { AutoBuilder } from '../auto/builder.ts';
import { captureChanges, endCapture } from '../auto/captures.ts';
import type { Forsaken } from '../auto/forsaken.ts';
import type { AutoBuilt, AutoJob, AutoTools } from '../auto/job.ts';
import type { MemoryLayers } from '../memory/layers.ts';
import { buildOverviewsIn } from './build.ts';
import { tablesOf, type Build } from './copies.ts';
import { followCopies } from './following/follow.ts';
import { keyColumns } from './following/rows.ts';
import { canHaveOverviews, isCurrent, overviewDefinition } from './overviews.ts';
import { consumerOf, lockRow } from './record.ts';

interface Context {
  readonly db: Database;
  readonly auto: AutoBuilder;
  readonly catalog: Catalog;
  readonly generations: Generations;
  readonly memory: MemoryLayers;
  readonly faults: RowFaults;
  readonly config: { readonly tile: { readonly buffer: number } };
}

/** Offers to make copies of all layers of lines and polygons that are too large for memory, and whose changes are told of. */
export function offerOverviews(ctx: Context): void {
  const layers = ctx.catalog.all().filter((layer) => layer.type === 'table') as TableLayer[];
  const wanted = layers.filter((layer) => ctx.auto.isOn(layer) && canHaveOverviews(layer));
  // Copies are of a geometry: under however many names it is published, there is one set.
  const geometries = new Map<string, TableLayer>();
  for (const layer of wanted) {
    const geometry = `${relationName(layer)} ${layer.geometry.column}`;
    if (!geometries.has(geometry)) geometries.set(geometry, layer);
  }
  ctx.auto.offer(
    'overviews',
    [...geometries.values()].map((layer) => jobOf(ctx, layer)),
    dropCopies,
  );
}

function jobOf(ctx: Context, layer: TableLayer): AutoJob {
  const { db, generations, memory } = ctx;
  const keys = keyColumns(layer);
  const consumer = consumerOf(relationName(layer), layer.geometry.column);
  // Read before the rows are: older rows would be copied under a newer token otherwise.
  let token = UNKNOWN;
  return {
    kind: 'overviews',
    layer,
    needed: async () => {
      token = generations.of(relationName(layer));
      if (token === UNKNOWN || isCurrent(layer, token)) return false;
      return !(await memory.fits(layer, token));
    },
    ...(keys
      ? {
          prepare: () =>
            captureChanges(db, { consumer, layer, place: null, columns: keys.map(({ name }) => name) }),
        }
      : {}),
    build: (tx, tools) => makeCopies(ctx, layer, { tx, token, tools }),
  };
}

/** Takes in what changed, or makes all anew: undefined where that was done meanwhile, `later` where it may not now. */
async function makeCopies(
  { faults, config }: Context,
  layer: TableLayer,
  { tx, token, tools }: { tx: Queryable; token: string; tools: AutoTools },
): Promise<AutoBuilt | 'later' | undefined> {
  const row = await lockRow(tx, layer);
  if (row.source_token === token && row.definition === overviewDefinition(layer)) return undefined;
  const followed = await followCopies(tx, layer, row, token);
  if (followed) {
    const { rows, written, copied } = followed;
    return { tables: tablesOf(row).map(({ name }) => name), rows: copied, changed: { rows, written } };
  }
  if (!tools.mayReadAll) return 'later';
  const { copies, tables } = await buildOverviewsIn(tx, await faults.examine(layer, token), row, {
    token,
    buffer: config.tile.buffer,
    step: tools.step,
    isOfOneMoment: true,
  });
  return { tables, rows: copies.reduce((sum, { rows }) => sum + rows, 0) };
}

/** Drops copies that were made by themselves; those that somebody made by hand since have other names, and stay. */
export async function dropCopies(tx: Queryable, { tables }: Forsaken): Promise<boolean> {
  const [, id, build] = /^overview_(\d+)_(\d+)_/.exec(tables[0] ?? '') ?? [];
  if (id === undefined) return false;
  const [gone] = await tx.run<Build & { relation: string; geometry: string }>(
    sql`delete from chorograph.overview where id = ${Number(id)} and build = ${Number(build)}
      returning id, build, zooms, merged, made, basis, relation, geometry`,
  );
  if (!gone) return false;
  for (const { schema, name } of tablesOf(gone))
    await tx.run(sql`drop table if exists ${ident(schema, name)}`);
  await endCapture(tx, consumerOf(gone.relation, gone.geometry));
  await tx.run(sql`notify chorograph_catalog`);
  return true;
}
