import type { Capability } from '../capability.ts';
import { Gaps, type GapsContext } from './gaps/gaps.ts';

/** What of it comes as a capability: the rest is older and named in `app.ts` and `server.ts`. */
export const choropleth = {
  name: 'choropleth',
  services: (ctx: GapsContext): { readonly gaps: Gaps } => ({ gaps: new Gaps(ctx) }),
  checks: { codes: ({ gaps }: { readonly gaps: Gaps }) => gaps.check() },
} satisfies Capability;
