import { proposeCommand } from '../server/propose/command.ts';
import { runCommand } from './command.ts';

/** `npm run propose -- --help` tells what it takes. */
await runCommand(proposeCommand);
