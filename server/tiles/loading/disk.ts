import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Database } from '../../db/types.ts';
import { memoryIndexOptions } from '../../engine/memory/memory-layer.ts';
import { SnapshotFolder } from '../../engine/snapshots/folder.ts';
import { Snapshots } from '../../engine/snapshots/snapshots.ts';
import type { Generations } from '../../generations/generations.ts';
import { renderingOf } from '../../tools/rendering.ts';
import type { TilesConfig } from '../settings.ts';

export interface DiskConfig {
  readonly dataDir: string;
  readonly databaseUrl: string | undefined;
}

/** The folder of what a start finds again, and what its files of one database begin with. */
export function cacheFiles({ dataDir, databaseUrl }: DiskConfig): { folder: string; database: string } {
  const folder = join(dataDir, 'cache');
  if (databaseUrl === undefined) return { folder, database: 'embedded' };
  const { host, pathname, username } = new URL(databaseUrl);
  const hash = createHash('sha256').update(JSON.stringify([host, pathname, username]));
  return { folder, database: hash.digest('hex').slice(0, 16) };
}

/** Layers on disk, where the settings have room for them. */
export function snapshotsOf(
  config: DiskConfig & TilesConfig,
  db: Database,
  generations: Generations,
): Snapshots | undefined {
  const { snapshotBytes: maxBytes, memoryVertices, cutBytes, tile } = config;
  if (maxBytes === 0) return undefined;
  const { folder, database: prefix } = cacheFiles(config);
  const program = JSON.stringify([renderingOf(config), memoryVertices]);
  const index = memoryIndexOptions({ buffer: tile.buffer, cutBytes });
  const options = { prefix, maxBytes, program, index, isShared: config.processes > 1 };
  return new Snapshots(new SnapshotFolder(folder, maxBytes), options, db, generations);
}
