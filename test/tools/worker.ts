import { getPriority } from 'node:os';
import { invalidParameter } from '../../server/errors.ts';
import { giveWay } from '../../server/tools/give-way.ts';
import { answerJobs } from '../../server/tools/thread-worker.ts';

type Deed = 'echo' | 'wait' | 'go' | 'throw' | 'refuse' | 'exit' | 'hang' | 'priority' | 'give way';

let go = (): void => {};

/** A worker that does as it is told, wrong things too. */
answerJobs((job: { do: Deed; value?: number }) => {
  if (job.do === 'throw') throw new Error(`refused ${job.value}`);
  if (job.do === 'refuse') throw invalidParameter('value', job.value, 'less');
  if (job.do === 'exit') process.exit(3);
  if (job.do === 'wait') return new Promise<number>((resolve) => (go = () => resolve(job.value ?? 0)));
  if (job.do === 'go') go();
  if (job.do === 'hang') for (;;);
  if (job.do === 'give way') giveWay(job.value ?? 0);
  if (job.do === 'priority' || job.do === 'give way') return getPriority();
  return job.value;
});
