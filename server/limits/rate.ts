import {
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';

/** Counts per minute. Every limiter of the server can be made by one factory, and so be shared by instances. */
export interface RateLimit {
  /** Counts one; the seconds to wait where that is one too many. */
  take(subject: string): Promise<number | undefined>;
}

export type RateLimits = (name: string, perMinute: number) => RateLimit;

const NEVER: RateLimit = { take: () => Promise.resolve(60) };

/** In this process. */
export const memoryRates: RateLimits = (name, perMinute) =>
  perMinute === 0
    ? NEVER
    : limitOf(new RateLimiterMemory({ keyPrefix: name, points: perMinute, duration: 60 }));

/**
 * In Redis, for all instances together; while it does not answer, in this process. The client must not queue commands
 * while it is not connected: the fallback would not be asked.
 */
export function redisRates(client: unknown, namespace: string): RateLimits {
  return (name, perMinute) => {
    if (perMinute === 0) return NEVER;
    const insurance = new RateLimiterMemory({ keyPrefix: name, points: perMinute, duration: 60 });
    const shared = new RateLimiterRedis({
      storeClient: client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      keyPrefix: `${namespace}:rate:${name}`,
      points: perMinute,
      duration: 60,
      insuranceLimiter: insurance,
    });
    return limitOf(shared, insurance);
  };
}

/** A Redis that is connected and says nothing for so long is one that does not answer. */
const SILENCE_MS = 500;

/** @param insurance is asked in place of a limiter that is silent; one that fails is told of its own */
function limitOf(limiter: RateLimiterAbstract, insurance?: RateLimiterAbstract): RateLimit {
  return {
    take: async (subject) => {
      try {
        const taken = limiter.consume(subject);
        await (insurance ? unlessSilent(taken, () => insurance.consume(subject)) : taken);
        return undefined;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
        throw refused;
      }
    },
  };
}

/** What comes of `answer`, or of `instead` where that takes too long: the client's own time limit is for commands not yet sent. */
async function unlessSilent<T>(answer: Promise<T>, instead: () => Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<'silent'>((resolve) => {
    timer = setTimeout(() => resolve('silent'), SILENCE_MS);
  });
  try {
    const first = await Promise.race([answer, silence]);
    if (first !== 'silent') return first as T;
    answer.catch(() => {}); // it may still fail, with nobody waiting for it
    return await instead();
  } finally {
    clearTimeout(timer);
  }
}
