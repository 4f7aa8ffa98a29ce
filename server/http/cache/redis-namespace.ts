import { sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import type { Database } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import { packageVersion } from '../../tools/paths.ts';
import { contentTag } from '../answers/respond.ts';

/** What tells whether two instances may share their answers. */
export interface NamespaceContext {
  readonly config: {
    readonly tile: { readonly cacheBytes: number };
    readonly memoryVertices: number;
    readonly defaultSrid: number;
    readonly publicUrl: string | undefined;
    readonly databaseUrl: string | undefined;
    readonly dataDir: string;
  };
  readonly maps: object;
  readonly db: Database;
}

/**
 * What answers depend on besides their cache keys: this program, its settings, and the database itself.
 * Instances that have all of it in common may share answers. Where the database was restored from an older
 * state its generations come again with other data, so its cluster and its timeline are part of it.
 */
export async function cacheNamespace(ctx: NamespaceContext): Promise<string> {
  const { tile, memoryVertices, defaultSrid, publicUrl } = ctx.config;
  const { cacheBytes: _, ...limits } = tile;
  const settings = {
    version: packageVersion(),
    limits,
    memoryVertices,
    defaultSrid,
    publicUrl,
    maps: ctx.maps,
  };
  return contentTag(JSON.stringify([settings, await databaseIdentity(ctx)]));
}

async function databaseIdentity({ config, db }: NamespaceContext): Promise<unknown> {
  // Embedded databases may be copies of one another.
  if (config.databaseUrl === undefined) return config.dataDir;
  try {
    const [row] = await db.run<{ identity: unknown }>(sql`
      select json_build_array(s.system_identifier::text, c.timeline_id, d.oid) as identity
      from pg_control_system() s, pg_control_checkpoint() c, pg_database d
      where d.datname = current_database()`);
    return row?.identity;
  } catch (error) {
    if (!(error instanceof AppError) || sqlState(error.cause) !== '42501') throw error;
    // Some hosts keep these functions to themselves; where the database is reached must do.
    const { host, pathname } = new URL(config.databaseUrl);
    return [host, pathname];
  }
}
