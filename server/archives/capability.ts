import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import type { ArchivesContext } from './context.ts';
import { archiveRoutes } from './routes.ts';
import { archivesSettings } from './settings.ts';

/** All tiles of a layer or a choropleth as one file, made by `chorograph export` and served in ranges. */
export const archives = {
  name: 'archives',
  settings: archivesSettings,
  routes: (ctx: ArchivesContext): Route[] => archiveRoutes(ctx),
} satisfies Capability;
