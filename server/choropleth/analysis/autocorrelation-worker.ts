import { answerJobs } from '../../tools/thread-worker.ts';
import { globalMoran, localMoran } from '../space/index.ts';
import type { AutocorrelationJob } from './autocorrelation.ts';

answerJobs((job: AutocorrelationJob) =>
  job.kind === 'global' ? globalMoran(job.values, job.lists, job) : localMoran(job.values, job.lists, job),
);
