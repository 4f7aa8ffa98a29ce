import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import type { FeaturesContext } from './context.ts';
import { featureRoutes } from './routes.ts';
import { featuresSettings } from './settings.ts';

/** The rows of layers as GeoJSON, page by page. */
export const features = {
  name: 'features',
  settings: featuresSettings,
  routes: (ctx: FeaturesContext): Route[] => featureRoutes(ctx),
} satisfies Capability;
