import { memoryRates, type RateLimit, type RateLimits } from '../limits/rate.ts';
import { refusal } from '../limits/refusal.ts';
import type { SearchConfig } from './settings.ts';

export type RateClass = 'search' | 'suggest';

interface Rates {
  readonly anonymous: RateLimit;
  readonly keyed: RateLimit;
}

/** Who types asks for suggestions with every letter, and several may sit behind one address. */
export const WHILE_TYPING = 20;

/** How many searches and suggestions an asker has in a minute. */
export class SearchRates {
  readonly #config: SearchConfig;
  #classes: Readonly<Record<RateClass, Rates>>;

  constructor(config: SearchConfig) {
    this.#config = config;
    this.#classes = this.#made(memoryRates);
  }

  /** Counts by these from now on. */
  use(rates: RateLimits): void {
    this.#classes = this.#made(rates);
  }

  /** @throws AppError `too_many_requests` (429) */
  async count(of: RateClass, identity: { readonly id: string } | undefined, address: string): Promise<void> {
    const { anonymous, keyed } = this.#classes[of];
    const standing = await (identity ? keyed.count(identity.id) : anonymous.count(address));
    if (!standing.allowed) throw refusal(of === 'search' ? 'searches' : 'suggestions', standing);
  }

  #made(rates: RateLimits): Readonly<Record<RateClass, Rates>> {
    const { perMinute, keyedPerMinute } = this.#config.search;
    const ofClass = (name: RateClass, times: number): Rates => ({
      anonymous: rates(`${name}-anonymous`, perMinute * times),
      keyed: rates(`${name}-keyed`, keyedPerMinute * times),
    });
    return { search: ofClass('search', 1), suggest: ofClass('suggest', WHILE_TYPING) };
  }
}
