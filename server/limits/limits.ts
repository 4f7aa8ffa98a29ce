import { AsyncLocalStorage } from 'node:async_hooks';
import type { Request, Response } from 'express';
import { clientOf } from '../http/requests/client.ts';
import type { Route } from '../http/routes.ts';
import type { Observe } from '../observe/events.ts';
import { costOf, type Cost } from './classes.ts';
import { memoryRates, type RateLimit, type RateLimits } from './rate.ts';
import { limitHeaders, refusal } from './refusal.ts';
import type { LimitClass, LimitConfig } from './settings.ts';

export interface LimitEvent {
  type: 'limit.hit';
  class: LimitClass;
  /** `key:ID` or `anonymous`. */
  actor: string;
  /** Keyed hash of the address. */
  address: string;
}

export interface LimitNeeds {
  readonly config: LimitConfig;
  readonly observe: Observe<LimitEvent>;
  readonly keys: {
    identify(req: Request): Promise<{ readonly id: string; readonly scopes: readonly string[] } | undefined>;
  };
  readonly auditing: { addressOf(req: Request): string };
  readonly cache: { charge: (() => Promise<(() => void) | undefined>) | undefined };
}

interface Rates {
  readonly anonymous: RateLimit;
  readonly keyed: RateLimit;
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
  #classes: Partial<Record<LimitClass, Rates>> = {};

  constructor(ctx: LimitNeeds) {
    this.#ctx = ctx;
    this.use(memoryRates);
    const { tiles, documents, expensive } = ctx.config.limits;
    // Where nothing is counted, nothing is asked.
    if (tiles ?? documents ?? expensive) ctx.cache.charge = () => this.#made();
  }

  /** Counts by these from now on. */
  use(rates: RateLimits): void {
    this.#classes = Object.fromEntries(
      Object.entries(this.#ctx.config.limits).flatMap(([name, perMinute]) =>
        perMinute === undefined
          ? []
          : [
              [
                name,
                {
                  anonymous: rates(`${name}-anonymous`, perMinute.anonymous),
                  keyed: rates(`${name}-keyed`, perMinute.keyed),
                },
              ],
            ],
      ),
    );
  }

  /** The route with its limit; the route itself where it has none. */
  limited(route: Route): Route {
    const cost = costOf(route);
    if (cost === undefined || this.#ctx.config.limits[cost.of] === undefined) return route;
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
    const rates = this.#classes[of];
    const identity = hasKey(req) ? await this.#ctx.keys.identify(req) : undefined;
    // Whoever administers it is not to be kept out by a script of his own.
    if (!rates || identity?.scopes.includes('admin')) return () => {};
    const [rate, subject] = identity ? [rates.keyed, identity.id] : [rates.anonymous, clientOf(req)];
    const standing = await rate.count(subject, cost);
    if (!standing.allowed) {
      const actor = identity ? `key:${identity.id}` : 'anonymous';
      this.#ctx.observe({ type: 'limit.hit', class: of, actor, address: this.#ctx.auditing.addressOf(req) });
      throw refusal(of, standing);
    }
    for (const [name, value] of Object.entries(limitHeaders(of, standing))) res.setHeader(name, value);
    return () => void rate.giveBack(subject, cost).catch(() => {});
  }
}

const TOO_MANY = { description: 'Too many requests; Retry-After tells when to ask again' };

const hasKey = (req: Request): boolean =>
  req.headers.authorization !== undefined || req.headers['x-api-key'] !== undefined;
