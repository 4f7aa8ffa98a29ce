import type { Capability, Check, Starting } from '../capability.ts';
import { accessCommand } from './command.ts';
import { Sights, type SightsContext } from './sights.ts';
import { advice, undecided, type PublishingContext } from './undecided.ts';

/** Who may see what. */
export const access = {
  name: 'access',

  services: (ctx: SightsContext): { readonly sights: Sights } => ({ sights: new Sights(ctx) }),

  checks: {
    /** Until it is decided. Everything is served as before, so it is no state of the server. */
    publishing: (ctx: PublishingContext): Check => {
      const findings = undecided(ctx);
      if (findings.length === 0) return { status: 'ok' };
      const layers = Object.fromEntries(findings.map(({ layer, signs }) => [layer, signs]));
      return { status: 'ok', told: { detail: 'public layers that look like data about persons', layers } };
    },
  },

  settle: (ctx: PublishingContext, { tell }: Starting): void => {
    const findings = undecided(ctx);
    if (findings.length > 0) tell(advice(findings, ctx.maps));
  },

  commands: [accessCommand],
} satisfies Capability;
