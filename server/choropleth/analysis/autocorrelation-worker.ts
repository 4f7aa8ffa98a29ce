import { answerJobs } from '../../tools/thread-worker.ts';
import { globalMoran, localMoran } from '../space/index.ts';
import { columnsOf, listsOf, type AutocorrelationJob } from './autocorrelation-job.ts';

answerJobs((job: AutocorrelationJob) => {
  const values = Array.from(job.values, (value) => (Number.isNaN(value) ? null : value));
  const lists = listsOf(job.neighbours);
  return job.kind === 'global' ? globalMoran(values, lists, job) : columnsOf(localMoran(values, lists, job));
});
