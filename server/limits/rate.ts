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
  return (name, perMinute) =>
    perMinute === 0
      ? NEVER
      : limitOf(
          new RateLimiterRedis({
            storeClient: client,
            useRedisPackage: true,
            rejectIfRedisNotReady: true,
            keyPrefix: `${namespace}:rate:${name}`,
            points: perMinute,
            duration: 60,
            insuranceLimiter: new RateLimiterMemory({ keyPrefix: name, points: perMinute, duration: 60 }),
          }),
        );
}

function limitOf(limiter: RateLimiterAbstract): RateLimit {
  return {
    take: async (subject) => {
      try {
        await limiter.consume(subject);
        return undefined;
      } catch (refused) {
        if (refused instanceof RateLimiterRes) return Math.max(1, Math.ceil(refused.msBeforeNext / 1000));
        throw refused;
      }
    },
  };
}
