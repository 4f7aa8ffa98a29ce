import { createContext, type Context } from '../context.ts';
import type { OpenDatabase } from '../db/connections/open.ts';
import type { Tools } from './tools.ts';

/** What a server over this database would answer with, to be asked without one: nothing is watched, refreshed or written. */
export async function contextOver(tools: Tools, { database }: OpenDatabase): Promise<Context> {
  const maps = await tools.servedMaps(database);
  const ctx = createContext({ config: tools.config(), maps, log: tools.log }, database);
  tools.progress('reading the catalogue');
  await database.lookAround();
  ctx.generations.enableTracking();
  await ctx.generations.poll();
  await ctx.catalog.reload();
  await ctx.pyramids.resolve(ctx.catalog);
  await ctx.choropleths.resolve(database, ctx.catalog);
  return ctx;
}
