import type { Capability } from '../capability.ts';
import { proposeCommand } from './command.ts';

/** From a table of figures to a choropleth. */
export const proposals = {
  name: 'propose',
  commands: [proposeCommand],
} satisfies Capability;
