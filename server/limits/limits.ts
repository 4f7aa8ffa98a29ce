import { AsyncLocalStorage } from 'node:async_hooks';
import type { Request, Response } from 'express';
import { clientOf } from '../http/requests/client.ts';
import type { Route } from '../http/routes.ts';
import { costOf, type Cost } from './classes.ts';
import { AskerRates, KEYS_OF_AN_ADDRESS, type Asker } from './asker.ts';
import { memoryRates, type RateLimits } from './rate.ts';
import { limitHeaders, refusal, tellRefused, type Telling } from './refusal.ts';
import type { LimitClass, LimitConfig } from './settings.ts';

export interface LimitNeeds extends Telling {
  readonly config: LimitConfig;
  readonly keys: {
    identify(req: Request): Promise<Identity | undefined>;
  };
  readonly cache: { charge: (() => Promise<(() => void) | undefined>) | undefined };
}

interface Identity {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly rateClass?: string | null;
}

/** A request that will have to be paid for if its answer has to be made. */
interface Open {
  readonly cost: Cost;
  readonly req: Request;
  readonly res: Response;
  isPaid: boolean;
}

/** How much anybody may ask for in a minute, by class. */
export class Limits {
  readonly #ctx: LimitNeeds;
  readonly #requests = new AsyncLocalStorage<Open>();
  /** By class; of keys of a rate class, by that and the class. */
  #classes: ReadonlyMap<string, AskerRates> = new Map();

  constructor(ctx: LimitNeeds) {
    this.#ctx = ctx;
    this.use(memoryRates);
    // Where nothing is counted, nothing is asked.
    if (['tiles', 'documents', 'expensive'].some((of) => this.#counts(of as LimitClass)))
      ctx.cache.charge = () => this.#made();
  }

  /** Counts by these from now on. */
  use(rates: RateLimits): void {
    const { limits, rateClasses } = this.#ctx.config;
    const usual = Object.entries(limits).flatMap(([of, numbers]): [string, AskerRates][] =>
      numbers === undefined ? [] : [[of, new AskerRates(rates, of, numbers)]],
    );
    const ofKeys = Object.entries(rateClasses).flatMap(([name, own]) =>
      Object.entries(own).flatMap(([of, keyed]): [string, AskerRates][] => {
        if (keyed === 'off') return [];
        const numbers = { anonymous: 0, keyed, address: keyed * KEYS_OF_AN_ADDRESS };
        return [[`${name} ${of}`, new AskerRates(rates, `${name}.${of}`, numbers)]];
      }),
    );
    this.#classes = new Map([...usual, ...ofKeys]);
  }

  #counts(of: LimitClass): boolean {
    const { limits, rateClasses } = this.#ctx.config;
    return limits[of] !== undefined || Object.values(rateClasses).some((own) => typeof own[of] === 'number');
  }

  /** What counts somebody; undefined where nothing does. */
  #ratesOf(of: LimitClass, identity: Identity | undefined): AskerRates | undefined {
    // Whoever administers it is not to be kept out by a script of his own.
    if (identity?.scopes.includes('admin')) return undefined;
    const own = this.#ctx.config.rateClasses[identity?.rateClass ?? '']?.[of];
    if (own === 'off') return undefined;
    return this.#classes.get(own === undefined ? of : `${identity?.rateClass} ${of}`);
  }

  /** The route with its limit; the route itself where it has none. */
  limited(route: Route): Route {
    const cost = costOf(route);
    if (cost === undefined || !this.#counts(cost.of)) return route;
    return {
      ...route,
      responses: { ...route.responses, 429: TOO_MANY },
      handle: async (request, res, req) => {
        if (!cost.every) {
          const open = { cost, req, res, isPaid: false };
          return this.#requests.run(open, () => route.handle(request, res, req));
        }
        await this.#count(cost, req, res);
        return route.handle(request, res, req);
      },
    };
  }

  /** Does what a request of another route does, and counts it as that: for one that asks for several. */
  async countedAs<T>(
    route: Pick<Route, 'method' | 'path'>,
    { req, res }: { req: Request; res: Response },
    work: () => Promise<T>,
  ): Promise<T> {
    const cost = costOf(route);
    if (cost === undefined || !this.#counts(cost.of)) return work();
    if (!cost.every) return this.#requests.run({ cost, req, res, isPaid: false }, work);
    await this.#count(cost, req, res);
    return work();
  }

  /** Called before an answer is made; what is returned is called where that turned out not to be so. */
  async #made(): Promise<(() => void) | undefined> {
    const open = this.#requests.getStore();
    if (!open || open.isPaid) return undefined;
    open.isPaid = true;
    const giveBack = await this.#count(open.cost, open.req, open.res);
    return () => {
      open.isPaid = false;
      giveBack();
    };
  }

  /** @throws AppError `too_many_requests` (429) */
  async #count({ of, cost }: Cost, req: Request, res: Response): Promise<() => void> {
    const identity = hasKey(req) ? await this.#ctx.keys.identify(req) : undefined;
    const rates = this.#ratesOf(of, identity);
    if (!rates) return () => {};
    const asker: Asker = { key: identity?.id, address: clientOf(req) };
    const standing = await rates.count(asker, cost);
    if (!standing.allowed) {
      tellRefused(this.#ctx, of, identity?.id, req);
      throw refusal(of, standing);
    }
    for (const [name, value] of Object.entries(limitHeaders(of, standing))) res.setHeader(name, value);
    return () => void rates.giveBack(asker, cost).catch(() => {});
  }
}

const TOO_MANY = { description: 'Too many requests; Retry-After tells when to ask again' };

const hasKey = (req: Request): boolean =>
  req.headers.authorization !== undefined || req.headers['x-api-key'] !== undefined;
