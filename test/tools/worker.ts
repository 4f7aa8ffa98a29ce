import { answerJobs } from '../../server/tools/thread-worker.ts';

/** A worker that does as it is told, wrong things too. */
answerJobs((job: { do: 'echo' | 'throw' | 'exit' | 'hang'; value?: number }) => {
  if (job.do === 'throw') throw new Error(`refused ${job.value}`);
  if (job.do === 'exit') process.exit(3);
  if (job.do === 'hang') for (;;);
  return job.value;
});
