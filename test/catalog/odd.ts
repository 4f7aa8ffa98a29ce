import { readFileSync } from 'node:fs';
import { projectPath } from '../../server/tools/paths.ts';

/** Tables with everything odd that a catalogue may hold; each is described where it is made. */
export const ODD_TABLES = readFileSync(projectPath('test', 'catalog', 'odd.sql'), 'utf8');
