import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Load {
  /** Milliseconds from when a request was due until its answer was there. */
  readonly times: readonly number[];
  readonly failed: number;
}

/** Asks so many times a second, whether or not answers have come, until it is told to stop. */
export async function paced(
  urls: () => string,
  { perSecond, until }: { perSecond: number; until: () => boolean },
): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const times: number[] = [];
  let failed = 0;
  const asked: Promise<void>[] = [];
  const started = performance.now();
  for (let i = 0; !until(); i++) {
    const due = started + (i * 1000) / perSecond;
    const wait = due - performance.now();
    if (wait > 0) await sleep(wait);
    asked.push(
      ask(agent, urls()).then((isAnswered) => {
        times.push(performance.now() - due);
        if (!isAnswered) failed++;
      }),
    );
  }
  await Promise.all(asked);
  agent.destroy();
  return { times, failed };
}

const ask = (agent: Agent, url: string): Promise<boolean> =>
  new Promise((resolve) => {
    get(url, { agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
      response.on('error', () => resolve(false));
    }).on('error', () => resolve(false));
  });
