import type { Capability } from '../capability.ts';
import { initCommand } from './command.ts';

/** A first `maps.yaml` for a database that nobody has described yet. */
export const init = { name: 'init', commands: [initCommand] } satisfies Capability;
