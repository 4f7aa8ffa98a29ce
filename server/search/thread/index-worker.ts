import { answerJobs } from '../../tools/thread-worker.ts';
import { buffersOf, corpusFrom, flatIndex, type FlatCorpus, type FlatIndex } from '../index/flat.ts';
import { buildIndex } from '../index/search-index.ts';
import { atOnce } from '../index/slices.ts';

answerJobs((job: FlatCorpus): FlatIndex => flatIndex(atOnce(buildIndex(corpusFrom(job)))), buffersOf);
