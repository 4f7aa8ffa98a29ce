#!/usr/bin/env node
import { isQuick, runQuick } from './cli/quick.ts';

/** As a shell tells of a program that SIGPIPE ended: its answers have no reader any more. */
const NOBODY_READS = 141;
process.stdout.on('error', () => process.exit(NOBODY_READS));
process.stderr.on('error', () => {}); // what is said besides is not what was asked for

/** `chorograph …`: everything that can be done from a command line. */
const words = process.argv.slice(2);
process.exitCode = isQuick(words) ? await runQuick(words) : await (await import('./cli/run.ts')).run(words);
