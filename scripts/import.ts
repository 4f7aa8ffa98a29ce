import { importCommand } from '../server/import/command.ts';
import { runCommand } from './command.ts';

/** `npm run import -- --help` tells what it takes. */
await runCommand(importCommand);
