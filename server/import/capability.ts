import type { Capability } from '../capability.ts';
import { importCommand } from './command.ts';

/** Boundaries and figures from files. */
export const imports = {
  name: 'import',
  commands: [importCommand],
} satisfies Capability;
