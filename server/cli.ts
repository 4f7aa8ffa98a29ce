#!/usr/bin/env node
import { run } from './cli/run.ts';

/** As a shell tells of a program that SIGPIPE ended: its answers have no reader any more. */
const NOBODY_READS = 141;
process.stdout.on('error', () => process.exit(NOBODY_READS));
process.stderr.on('error', () => {}); // what is said besides is not what was asked for

/** `chorograph …`: everything that can be done from a command line. */
process.exitCode = await run(process.argv.slice(2));
