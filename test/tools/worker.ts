import { getPriority } from 'node:os';
import { invalidParameter } from '../../server/errors.ts';
import { answerJobs } from '../../server/tools/thread-worker.ts';

/** A worker that does as it is told, wrong things too. */
answerJobs((job: { do: 'echo' | 'throw' | 'refuse' | 'exit' | 'hang' | 'priority'; value?: number }) => {
  if (job.do === 'throw') throw new Error(`refused ${job.value}`);
  if (job.do === 'refuse') throw invalidParameter('value', job.value, 'less');
  if (job.do === 'exit') process.exit(3);
  if (job.do === 'hang') for (;;);
  if (job.do === 'priority') return getPriority();
  return job.value;
});
