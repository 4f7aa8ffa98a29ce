import type { Capability, Running } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import { Previews, type PreviewNeeds } from './previews.ts';
import { previewRoutes, type PreviewsContext } from './routes.ts';
import { previewSettings } from './settings.ts';

const TIDY_MS = 60_000;

/** GeoJSON as maps before anything is written. */
export const previews = {
  name: 'previews',
  settings: previewSettings,
  services: (ctx: PreviewNeeds): { readonly previews: Previews } => ({ previews: new Previews(ctx) }),
  routes: (ctx: PreviewsContext): Route[] => previewRoutes(ctx),
  start: ({ previews: held }: Pick<PreviewsContext, 'previews'>, { log, releasers }: Running): void => {
    const tidy = (): void =>
      void held.tidy().catch((error: unknown) => log.warn({ err: error }, 'previews could not be tidied'));
    tidy();
    const timer = setInterval(tidy, TIDY_MS).unref();
    releasers.push('previews', () => clearInterval(timer));
  },
} satisfies Capability;
