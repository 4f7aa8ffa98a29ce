import {
  RateLimiterCluster,
  RateLimiterClusterMaster,
  RateLimiterMemory,
  RateLimiterRedis,
  RateLimiterRes,
  type RateLimiterAbstract,
} from 'rate-limiter-flexible';

/** Where a subject stands after it was counted. */
export interface Standing {
  readonly allowed: boolean;
  /** How many there are in a minute. */
  readonly limit: number;
  /** How many are left of them. */
  readonly remaining: number;
  /** Seconds until all of them are there again. */
  readonly resetS: number;
}

/** Counts per minute. Every limiter of the server can be made by one factory, and so be shared by instances. */
export interface RateLimit {
  /** Counts one; the seconds to wait where that is one too many. */
  take(subject: string): Promise<number | undefined>;
  /** Counts so many. */
  count(subject: string, cost?: number): Promise<Standing>;
  /** Gives back what was counted and turned out to cost nothing. */
  giveBack(subject: string, cost?: number): Promise<void>;
}

export type RateLimits = (name: string, perMinute: number) => RateLimit;

const MINUTE_S = 60;
/** A limit must not make anybody wait: what counts for others too answers in a millisecond or is not asked for a while. */
const SHARED_TIMEOUT_MS = 500;
const SHARED_REST_MS = 1_000;

/** In this process. */
export const memoryRates: RateLimits = (name, perMinute) => limitOf(perMinute, memoryOf(name, perMinute));

/** In the primary, for all processes of this server together; while that does not answer, in this one. To be called in workers. */
export const clusterRates: RateLimits = (name, perMinute) => {
  const shared = new RateLimiterCluster({
    // The primary outlives workers, and keeps the number that it was told first.
    keyPrefix: `${name}/${perMinute}`,
    points: perMinute,
    duration: MINUTE_S,
    timeoutMs: SHARED_TIMEOUT_MS,
  });
  return limitOf(perMinute, memoryOf(name, perMinute), { shared, away: { until: 0 } });
};

/** Has this process, the primary, count for its workers. */
export const holdRates = (): void => void new RateLimiterClusterMaster();

/**
 * In Redis, for all instances together; while it does not answer, in this process. The client must not queue commands
 * while it is not connected. The limiter's own insurance would not be asked while Redis hangs, so it is done here.
 */
export function redisRates(client: unknown, namespace: string): RateLimits {
  const away = { until: 0 };
  return (name, perMinute) => {
    const shared = new RateLimiterRedis({
      storeClient: client,
      useRedisPackage: true,
      rejectIfRedisNotReady: true,
      keyPrefix: `${namespace}:rate:${name}`,
      points: perMinute,
      duration: MINUTE_S,
    });
    return limitOf(perMinute, memoryOf(name, perMinute), { shared, away });
  };
}

const memoryOf = (name: string, perMinute: number): RateLimiterMemory =>
  new RateLimiterMemory({ keyPrefix: name, points: perMinute, duration: MINUTE_S });

interface Shared {
  readonly shared: RateLimiterAbstract;
  /** Until when it is left alone, for all limits over one client. */
  readonly away: { until: number };
}

type Work<T> = (limiter: RateLimiterAbstract) => Promise<T>;

function limitOf(perMinute: number, own: RateLimiterMemory, together?: Shared): RateLimit {
  const either = <T>(work: Work<T>): Promise<T> => (together ? first(together, own, work) : work(own));
  const count = async (subject: string, cost = 1): Promise<Standing> => {
    if (perMinute === 0) return { allowed: false, limit: 0, remaining: 0, resetS: MINUTE_S };
    return either((limiter) => standingIn(limiter, subject, cost));
  };
  return {
    count,
    take: async (subject) => {
      const { allowed, resetS } = await count(subject);
      return allowed ? undefined : resetS;
    },
    giveBack: async (subject, cost = 1) => {
      if (perMinute > 0) await either((limiter) => limiter.reward(subject, cost));
    },
  };
}

/** Refusing is an answer; only a store that fails is a failure. */
async function standingIn(limiter: RateLimiterAbstract, subject: string, cost: number): Promise<Standing> {
  const { allowed, counted } = await limiter.consume(subject, cost).then(
    (result) => ({ allowed: true, counted: result }),
    (refused: unknown) => {
      if (refused instanceof RateLimiterRes) return { allowed: false, counted: refused };
      throw refused;
    },
  );
  return {
    allowed,
    limit: limiter.points,
    remaining: Math.max(0, counted.remainingPoints),
    resetS: Math.max(1, Math.ceil(counted.msBeforeNext / 1000)),
  };
}

/** Where all count together if that answers in time, else this process. */
async function first<T>({ shared, away }: Shared, own: RateLimiterMemory, work: Work<T>): Promise<T> {
  if (Date.now() < away.until) return work(own);
  try {
    return await inTime(work(shared));
  } catch {
    away.until = Date.now() + SHARED_REST_MS;
    return work(own);
  }
}

async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    // Where it was this process that stood still, the answer is there by now, and is read before the immediate runs.
    const giveUp = (): void =>
      void setImmediate(() => reject(new Error('what counts for all does not answer')));
    timer = setTimeout(giveUp, SHARED_TIMEOUT_MS);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
