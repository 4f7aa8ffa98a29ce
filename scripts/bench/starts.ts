import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { readConfig } from '../../server/config.ts';
import { loadMaps } from '../../server/maps.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { startServer } from '../../server/server.ts';
import { ms, table } from './report.ts';

/** How long a new user waits: from the start to ready, with the demo data; and the second time. */
export async function benchStarts(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bench-'));
  try {
    const first = await start(folder);
    const reopen = await start(folder);
    table('Embedded database, from start to ready', [
      ['', 'time'],
      ['first start (create, migrate, seed)', ms(first)],
      ['reopen', ms(reopen)],
    ]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function start(folder: string): Promise<number> {
  const began = performance.now();
  const server = await startServer({
    config: readConfig({ CHOROGRAPH_DATA_DIR: folder, PORT: '0', LOG_LEVEL: 'silent' }),
    maps: loadMaps(projectPath('data', 'maps.yaml')),
    log: pino({ level: 'silent' }),
  });
  await server.ready;
  const elapsed = performance.now() - began;
  await server.stop();
  return elapsed;
}
