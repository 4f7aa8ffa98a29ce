import type { Request } from 'express';
import { PUBLIC, RequestSight, type Sight, type Viewer } from '../sight/sight.ts';

export interface SightsContext {
  readonly catalog: { readonly isRestricted: boolean };
  readonly choropleths: { readonly isRestricted: boolean };
  readonly keys: {
    /** Whether a request carries a key, valid or not. */
    isGiven(req: Request): boolean;
    viewer(req: Request): Promise<Viewer | undefined>;
  };
}

/** Tells what a request may see. Where everything is public, nothing of it is looked at. */
export class Sights {
  readonly #ctx: SightsContext;

  constructor(ctx: SightsContext) {
    this.#ctx = ctx;
  }

  of(req: Request): Sight | Promise<Sight> {
    const { catalog, choropleths, keys } = this.#ctx;
    if (!catalog.isRestricted && !choropleths.isRestricted) return PUBLIC;
    // A key that is not valid shows what none does: the hot path, which does not look at keys, says the same.
    if (!keys.isGiven(req)) return new RequestSight();
    return keys.viewer(req).then((viewer) => new RequestSight(viewer));
  }
}
