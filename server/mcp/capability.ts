import type { Capability } from '../capability.ts';
import type { Route } from '../http/routes.ts';
import type { McpContext } from './context.ts';
import { llmsRoute } from './llms.ts';
import { mcpRoute } from './routes.ts';

/** What language models read: tools over the maps by the Model Context Protocol, and a list of what there is. */
export const mcp = {
  name: 'mcp',
  routes: (ctx: McpContext): Route[] => [mcpRoute(ctx), llmsRoute(ctx)],
} satisfies Capability;
