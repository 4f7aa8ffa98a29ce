import { compile } from './tools/compiled.ts';
import { PROGRAM } from './read-program.ts';

/** A step of the build: has V8 compile the program as it is for processes that are started with the options of this one. */
compile(PROGRAM);
