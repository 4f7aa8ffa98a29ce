import type { Capability, Check, Starting } from '../capability.ts';
import type { Database } from '../db/types.ts';
import type { Route } from '../http/routes.ts';
import { tells } from '../observe/events.ts';
import { accessCommand } from './command.ts';
import { signatureRoutes, type SignatureEvent, type SignaturesContext } from './routes.ts';
import { Roles, type RolesContext } from './roles.ts';
import { SigningSecret } from './secret.ts';
import { accessSettings, type AccessConfig } from './settings.ts';
import { Sights, type ReachedEvent, type SightsContext } from './sights.ts';
import { signCommand } from './sign-command.ts';
import { advice, undecided, type PublishingContext } from './undecided.ts';

interface AccessNeeds extends SightsContext, RolesContext {
  readonly config: SightsContext['config'] & RolesContext['config'] & AccessConfig;
  readonly db: Database;
}

interface AccessServices {
  readonly sights: Sights;
  readonly signingSecret: SigningSecret;
  readonly roles: Roles;
}

/** Who may see what. */
export const access = {
  name: 'access',

  settings: accessSettings,
  events: tells<SignatureEvent | ReachedEvent>({ 'signature.made': 'info', 'access.reached': 'trace' }),
  migrations: ['0041_signing'],

  services: (ctx: AccessNeeds): AccessServices => {
    const signingSecret = new SigningSecret(ctx.config.signingSecret, ctx.db);
    return { signingSecret, sights: new Sights(ctx, signingSecret), roles: new Roles(ctx) };
  },

  routes: (ctx: SignaturesContext): Route[] => signatureRoutes(ctx),

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

  commands: [accessCommand, signCommand],
} satisfies Capability;
