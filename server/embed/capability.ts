import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import type { EmbedContext } from './context.ts';
import { embedRoutes } from './routes.ts';
import { embedSettings } from './settings.ts';

/** Choropleths in the pages of other sites: a page for a frame, and oEmbed for those that ask how to show a link. */
export const embed = {
  name: 'embed',
  settings: embedSettings,
  routes: (ctx: EmbedContext): Route[] => embedRoutes(ctx),
} satisfies Capability;
