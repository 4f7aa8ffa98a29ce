import type { Capability, Starting } from '../capability.ts';
import { tells } from '../observe/events.ts';
import { catalogCheck } from './health.ts';
import { MapsCheck, type CheckContext, type MapsEvent } from './check.ts';

interface MapsContext extends CheckContext {
  readonly mapsCheck: MapsCheck;
}

/** Whether what `maps.yaml` says fits the database, and what would. */
export const maps = {
  name: 'maps',
  events: tells<MapsEvent>({ 'maps.read': 'info', 'maps.refused': 'error', 'maps.problem': 'warn' }),

  services: (): { readonly mapsCheck: MapsCheck } => ({ mapsCheck: new MapsCheck() }),

  vitals: { catalog: catalogCheck },

  resolve: (ctx: MapsContext): Promise<void> => ctx.mapsCheck.check(ctx),

  settle: ({ mapsCheck }: MapsContext, { tell }: Starting): void => mapsCheck.problems.forEach(tell),
} satisfies Capability;
