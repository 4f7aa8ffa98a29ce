import { createClient } from 'redis';
import { failed, ok, warning, type Finding } from '../../tools/finding.ts';

const PATIENCE_MS = 3_000;

/** The cache that instances share. Without it everything is served, only not shared. */
export async function lookAtRedis(url: string | undefined): Promise<Finding> {
  if (url === undefined)
    return ok('redis', 'none is set: each process keeps its own answers (CHOROGRAPH_REDIS_URL)');
  const client = createClient({
    url,
    disableOfflineQueue: true,
    socket: { connectTimeout: PATIENCE_MS, reconnectStrategy: false },
  });
  client.on('error', () => {}); // connect() says it
  try {
    await client.connect();
    const started = performance.now();
    await client.ping();
    const ms = performance.now() - started;
    return redisFinding(await client.info(), ms);
  } catch (error) {
    const said =
      error instanceof Error ? error.message || String((error as { code?: string }).code) : String(error);
    return failed(
      'redis',
      said,
      'check CHOROGRAPH_REDIS_URL, and that Redis runs; until then every process answers by itself',
    );
  } finally {
    client.destroy();
  }
}

/** @param info the text of Redis' INFO */
export function redisFinding(info: string, ms: number): Finding {
  const value = (name: string): string | undefined => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
  const policy = value('maxmemory_policy');
  const found = `Redis ${value('redis_version') ?? '(unknown)'}, ${ms.toFixed(1)} ms away, ${value('used_memory_human') ?? '?'} used of ${value('maxmemory') === '0' ? 'any' : (value('maxmemory_human') ?? '?')}`;
  if (value('maxmemory') === '0')
    return warning(
      'redis',
      found,
      'set maxmemory and maxmemory-policy allkeys-lru: a cache without a bound fills the machine',
    );
  if (policy === 'noeviction')
    return warning(
      'redis',
      `${found}, and nothing is let go`,
      'set maxmemory-policy allkeys-lru: a full cache takes no new answers',
    );
  return ok('redis', found);
}
