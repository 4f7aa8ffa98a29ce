import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import type { SearchConfig } from './settings.ts';

/** Counts per minute, in this process. */
interface Rate {
  /** Counts one; the seconds to wait where that is one too many. */
  take(subject: string): Promise<number | undefined>;
}
interface Rates {
  readonly anonymous: Rate;
  readonly keyed: Rate;
}
export type SearchRates = Readonly<Record<'search' | 'suggest', Rates>>;

/** Who types asks for suggestions with every letter. */
const WHILE_TYPING = 10;

export function searchRates({ search }: SearchConfig): SearchRates {
  const rates = (times: number): Rates => ({
    anonymous: rate(search.perMinute * times),
    keyed: rate(search.keyedPerMinute * times),
  });
  return { search: rates(1), suggest: rates(WHILE_TYPING) };
}

function rate(perMinute: number): Rate {
  const limiter = new RateLimiterMemory({ points: perMinute, duration: 60 });
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
