import { parentPort } from 'node:worker_threads';
import type { Reply } from './thread.ts';

/** The other side of `Thread`: answers each job with what `work` makes of it, or with its error. */
export function answerJobs<Job, Result>(work: (job: Job) => Result): void {
  parentPort?.on('message', (job: Job) => {
    let reply: Reply<Result>;
    try {
      reply = { result: work(job) };
    } catch (error) {
      reply = { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    parentPort?.postMessage(reply);
  });
}
