import { EventEmitter, once } from 'node:events';
import autocannon from 'autocannon';

export interface TimedRead {
  /** When it was sent, ms of `performance.now()`. */
  at: number;
  ms: number;
}

export interface ClosedLoop {
  reads: TimedRead[];
  /** Answers that were none, or not 200. */
  errors: number;
}

/**
 * `autocannon` reads `paths` of each server in turn until `work` is done: each connection sends its next request as
 * soon as it has the answer to the last, so that the servers never have a pause.
 */
export async function closedLoop(
  servers: readonly string[],
  paths: readonly string[],
  connections: number,
  work: () => Promise<void>,
): Promise<ClosedLoop> {
  const found: ClosedLoop = { reads: [], errors: 0 };
  const running = servers.map((url) => {
    const options = {
      url,
      connections: connections / servers.length,
      duration: 3_600, // ended below
      requests: paths.map((path) => ({ path, headers: { 'accept-encoding': 'gzip' } })),
    };
    const ended = new EventEmitter();
    const instance = autocannon(options, (error) => ended.emit('end', error));
    instance.on('response', (_client, status, _bytes, ms) => {
      found.reads.push({ at: performance.now() - ms, ms });
      if (status !== 200) found.errors++;
    });
    instance.on('reqError', () => found.errors++);
    return { instance, ended: once(ended, 'end') };
  });
  try {
    await work();
  } finally {
    for (const { instance } of running) instance.stop();
    await Promise.all(running.map(({ ended }) => ended));
  }
  return found;
}
