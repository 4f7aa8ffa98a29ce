import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { DeferredDatabase } from '../../server/db/connections/deferred.ts';
import type { Database } from '../../server/db/types.ts';
import { readMaps } from '../../server/maps.ts';
import { createContext, type Context } from '../../server/context.ts';
import { requests, type ServerOptions } from '../../server/server.ts';

/** What answers requests over a database that is open already; cheap enough to begin one for each step. */
export interface Instance {
  readonly ctx: Context;
  readonly url: string;
  /** Knows all that the database knows now. */
  catchUp(): Promise<void>;
  close(): Promise<void>;
}

/** An instance that has no cache yet. It hears nothing by itself: what it knows is what it was told to read. */
export async function beginInstance(
  database: Database,
  environment: Record<string, string>,
  maps: string,
): Promise<Instance> {
  const log = pino({ level: 'silent' });
  const options: ServerOptions = { config: readConfig(environment), maps: readMaps(maps), log };
  const db = new DeferredDatabase(database.kind);
  const ctx = createContext(options, db);
  db.become(database);
  await ctx.db.lookAround();
  ctx.generations.enableTracking();
  const catchUp = async (): Promise<void> => {
    await ctx.generations.pollAgain();
    await ctx.catalog.reload();
    await ctx.choropleths.resolve(ctx.db, ctx.catalog);
  };
  ctx.catalog.onChange((kind) => {
    if (kind !== 'changed') return;
    ctx.memory.clear();
    ctx.cache.clear();
    ctx.hotTiles.clear();
  });
  await catchUp();
  ctx.startup.state = 'ready';
  const { dressed, listener } = requests(ctx, log);
  const server = createServer(dressed, listener).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    ctx,
    url: `http://127.0.0.1:${port}`,
    catchUp,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
