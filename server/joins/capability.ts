import type { Capability } from '../capability.ts';
import { joinCommand } from './command.ts';

/** Which regions the names in a table are of. */
export const joins = {
  name: 'joins',
  migrations: ['0056_place_matches'],
  commands: [joinCommand],
} satisfies Capability;
