import type { Request } from 'express';
import { AppError } from '../errors.ts';
import type { HttpConfig } from '../http/settings.ts';
import type { Observe } from '../observe/events.ts';
import { baseUrl } from '../http/answers/urls.ts';
import { PUBLIC, RequestSight, type Sight, type Viewer } from '../sight/sight.ts';
import type { SigningSecret } from './secret.ts';
import { isSignature, readGrant, signedQuery } from './signature.ts';

/** For whoever writes down who read what is not everybody's. */
export interface ReachedEvent {
  type: 'access.reached';
  /** `layer:ID` or `choropleth:ID`. */
  object: string;
  actor: string;
}

export interface SightsContext {
  readonly observe: Observe<ReachedEvent>;
  readonly config: HttpConfig;
  readonly catalog: { readonly isRestricted: boolean };
  readonly choropleths: { readonly isRestricted: boolean };
  readonly keys: {
    /** Whether a request carries a key, valid or not. */
    isGiven(req: Request): boolean;
    viewer(req: Request): Promise<Viewer | undefined>;
    /** Why the token of a request that `viewer` found nobody for is not good. */
    refusalOf(req: Request): Error | undefined;
    /** Whoever has the key of this id, where it is good. */
    holder(id: string): Promise<Viewer | undefined>;
  };
}

/** Tells what a request may see. Where everything is public, and nothing is signed, nothing of it is looked at. */
export class Sights {
  readonly #ctx: SightsContext;
  readonly #secret: SigningSecret;

  readonly #reached = (name: string, { id }: Viewer): void => {
    const object = name.startsWith('choropleth/') ? name.replace('/', ':') : `layer:${name}`;
    this.#ctx.observe({ type: 'access.reached', object, actor: `key:${id}` });
  };

  constructor(ctx: SightsContext, secret: SigningSecret) {
    this.#ctx = ctx;
    this.#secret = secret;
  }

  /** @throws AppError `signature_refused` (401) where a URL is signed, and not well or not any more */
  of(req: Request): Sight | Promise<Sight> {
    const { catalog, choropleths, keys } = this.#ctx;
    const query = req.url.includes('sig=s1.') ? (req.query as Record<string, unknown>) : {};
    if (isSignature(query.sig, query.exp)) return this.#signed(req, String(query.sig), String(query.exp));
    if (!catalog.isRestricted && !choropleths.isRestricted) return PUBLIC;
    // A key that is not valid shows what none does: the hot path, which does not look at keys, says the same.
    if (!keys.isGiven(req)) return new RequestSight();
    return keys
      .viewer(req)
      .then(
        (viewer) =>
          new RequestSight(viewer, undefined, viewer ? undefined : keys.refusalOf(req), this.#reached),
      );
  }

  async #signed(req: Request, sig: string, exp: string): Promise<Sight> {
    const secret = await this.#secret.known();
    const grant = secret === undefined ? undefined : readGrant(secret, sig, exp);
    if (!grant) throw refused('the signature is not of this server, or was changed');
    if (grant.exp * 1000 <= Date.now()) throw refused('the signature has expired; ask for another one');
    const holder = await this.#ctx.keys.holder(grant.key);
    if (!holder) throw refused('the key that signed is not valid any more');
    const base = baseUrl(this.#ctx.config, req);
    return new RequestSight(
      { ...holder, only: grant.patterns },
      { query: signedQuery(sig, grant.exp), base },
      undefined,
      this.#reached,
    );
  }
}

const refused = (detail: string): AppError => new AppError('signature_refused', { detail });
