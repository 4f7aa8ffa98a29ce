import cluster from 'node:cluster';
import type { Releasers } from '../tools/releasers.ts';
import { clusterRates, memoryRates, redisRates, type RateLimits } from './rate.ts';

/**
 * Counters that instances over one namespace share through Redis; those of this server, however many processes it has, where none is
 * configured.
 * The connection is made behind the caller's back: until it is there, this process counts by itself.
 */
export async function openRates(
  { redisUrl, namespace }: { redisUrl: string | undefined; namespace: string },
  releasers: Pick<Releasers, 'push'>,
): Promise<RateLimits> {
  if (redisUrl === undefined) return cluster.isWorker ? clusterRates : memoryRates;
  const { createClient } = await import('redis');
  // Commands must fail while it is away, so that this process counts by itself meanwhile.
  const client = createClient({ url: redisUrl, disableOfflineQueue: true });
  client.on('error', () => {}); // the shared cache tells of it
  releasers.push('shared rate limits', () => client.destroy());
  void client.connect().catch(() => {});
  return redisRates(client, namespace);
}
