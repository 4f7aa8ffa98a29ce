import { AskerRates, KEYS_OF_AN_ADDRESS } from '../limits/asker.ts';
import { memoryRates, type RateLimits } from '../limits/rate.ts';
import { refusal } from '../limits/refusal.ts';
import type { SearchConfig } from './settings.ts';

export type RateClass = 'search' | 'suggest';

/** Who types asks for suggestions with every letter, and several may sit behind one address. */
export const WHILE_TYPING = 20;

/** How many searches and suggestions an asker has in a minute. */
export class SearchRates {
  readonly #config: SearchConfig;
  #classes: Readonly<Record<RateClass, AskerRates>>;

  constructor(config: SearchConfig) {
    this.#config = config;
    this.#classes = this.#made(memoryRates);
  }

  /** Counts by these from now on. */
  use(rates: RateLimits): void {
    this.#classes = this.#made(rates);
  }

  /**
   * @param onRefused called before it is refused
   * @throws AppError `too_many_requests` (429)
   */
  async count(
    of: RateClass,
    key: string | undefined,
    address: string,
    onRefused = (): void => {},
  ): Promise<void> {
    const standing = await this.#classes[of].count({ key, address });
    if (standing.allowed) return;
    onRefused();
    throw refusal(of === 'search' ? 'searches' : 'suggestions', standing);
  }

  #made(rates: RateLimits): Readonly<Record<RateClass, AskerRates>> {
    const { perMinute, keyedPerMinute } = this.#config.search;
    const ofClass = (name: RateClass, times: number): AskerRates => {
      const [anonymous, keyed] = [perMinute * times, keyedPerMinute * times];
      return new AskerRates(rates, name, { anonymous, keyed, address: keyed * KEYS_OF_AN_ADDRESS });
    };
    return { search: ofClass('search', 1), suggest: ofClass('suggest', WHILE_TYPING) };
  }
}
