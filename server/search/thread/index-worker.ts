import { getPriority, setPriority } from 'node:os';
import { answerJobs } from '../../tools/thread-worker.ts';
import { buffersOf, corpusFrom, flatIndex, type FlatCorpus, type FlatIndex } from '../index/flat.ts';
import { buildIndex } from '../index/search-index.ts';
import { atOnce } from '../index/slices.ts';

/** Behind requests and the database, where they need the processor. */
const BEHIND = 10;

// Linux counts it by the thread; elsewhere the whole process would stand back.
if (process.platform === 'linux') setPriority(Math.max(BEHIND, getPriority()));

answerJobs((job: FlatCorpus): FlatIndex => flatIndex(atOnce(buildIndex(corpusFrom(job)))), buffersOf);
