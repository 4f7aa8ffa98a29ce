import type { RateLimit, RateLimits, Standing } from './rate.ts';

/** Who is counted: by the key, where there is one, and by the address. */
export interface Asker {
  readonly key?: string | undefined;
  readonly address: string;
}

/** So many in a minute: of an address without a key, of a key, and of all keys of an address together. */
export interface Numbers {
  readonly anonymous: number;
  readonly keyed: number;
  readonly address: number;
}

/** Many keys behind one address are often one program: it has so many times what one key has. */
export const KEYS_OF_AN_ADDRESS = 5;

/** Counts whoever asks by all that is known of them. */
export class AskerRates {
  readonly #anonymous: RateLimit;
  readonly #keyed: RateLimit;
  readonly #address: RateLimit;

  constructor(rates: RateLimits, name: string, { anonymous, keyed, address }: Numbers) {
    this.#anonymous = rates(`${name}-anonymous`, anonymous);
    this.#keyed = rates(`${name}-keyed`, keyed);
    this.#address = rates(`${name}-address`, address);
  }

  /** Where the asker stands after it: of key and address, with what is nearer to its end. */
  async count({ key, address }: Asker, cost = 1): Promise<Standing> {
    if (key === undefined) return this.#anonymous.count(address, cost);
    const own = await this.#keyed.count(key, cost);
    if (!own.allowed) return own;
    const shared = await this.#address.count(address, cost);
    // Nothing was done for it, so nothing is owed for it.
    if (!shared.allowed) await this.#keyed.giveBack(key, cost);
    return !shared.allowed || shared.remaining < own.remaining ? shared : own;
  }

  /** Gives back what was counted and turned out to cost nothing. */
  async giveBack({ key, address }: Asker, cost = 1): Promise<void> {
    if (key === undefined) return this.#anonymous.giveBack(address, cost);
    await Promise.all([this.#keyed.giveBack(key, cost), this.#address.giveBack(address, cost)]);
  }
}
