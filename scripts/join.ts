import { joinCommand } from '../server/joins/command.ts';
import { runCommand } from './command.ts';

/** `npm run join -- --help` tells what it takes. */
await runCommand(joinCommand);
