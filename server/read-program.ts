import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type * as Program from './serve-here.ts';
import { loadCompiled } from './tools/compiled.ts';

/** The program that serves as the build makes it. */
export const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), 'serve-here.cjs');

/** The program that serves: as it was built, where it was, which takes half of the time. */
export const readProgram = async (): Promise<typeof Program> =>
  existsSync(PROGRAM) ? (loadCompiled(PROGRAM) as typeof Program) : import('./serve-here.ts');
