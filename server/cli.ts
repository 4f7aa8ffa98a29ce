#!/usr/bin/env node
import { run } from './cli/run.ts';

/** `chorograph …`: everything that can be done from a command line. */
process.exitCode = await run(process.argv.slice(2));
