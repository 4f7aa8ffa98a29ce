import type { Catalog } from '../../catalog/catalog.ts';
import type { RowFaults } from '../../catalog/faults.ts';
import { relationName, type Overviews, type TableLayer } from '../../catalog/types.ts';
import { ident, sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import type { Generations } from '../../generations/generations.ts';
import { UNKNOWN } from '../../generations/tokens.ts';
import type { AutoBuilder } from '../auto/builder.ts';
import type { Forsaken } from '../auto/forsaken.ts';
import type { AutoJob } from '../auto/job.ts';
import type { MemoryLayers } from '../memory/layers.ts';
import { buildOverviewsIn } from './build.ts';
import { tablesOf } from './copies.ts';
import { canHaveOverviews, isCurrent } from './overviews.ts';

interface Context {
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

function jobOf({ generations, memory, faults, config }: Context, layer: TableLayer): AutoJob {
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
    build: async (tx, { step }) => {
      const { buffer } = config.tile;
      const { copies, tables } = await buildOverviewsIn(tx, await faults.examine(layer, token), {
        token,
        buffer,
        step,
      });
      return { tables, rows: copies.reduce((sum, { rows }) => sum + rows, 0) };
    },
  };
}

/** Drops copies that were made by themselves; those that somebody made by hand since have other names, and stay. */
export async function dropCopies(tx: Queryable, { tables }: Forsaken): Promise<boolean> {
  const [, id, build] = /^overview_(\d+)_(\d+)_/.exec(tables[0] ?? '') ?? [];
  if (id === undefined) return false;
  const [gone] = await tx.run<Pick<Overviews, 'id' | 'build' | 'zooms' | 'merged' | 'made'>>(
    sql`delete from chorograph.overview where id = ${Number(id)} and build = ${Number(build)}
      returning id, build, zooms, merged, made`,
  );
  if (!gone) return false;
  for (const { schema, name } of tablesOf(gone))
    await tx.run(sql`drop table if exists ${ident(schema, name)}`);
  await tx.run(sql`notify chorograph_catalog`);
  return true;
}
