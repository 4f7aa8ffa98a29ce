import { parentPort, workerData } from 'node:worker_threads';
import { AppError } from '../errors.ts';
import { giveWay } from './give-way.ts';
import type { Message, Reply, ThreadData } from './thread.ts';

/**
 * The other side of `Thread`: answers each job with what `work` makes of it, or with its error; an AppError is one on
 * the other side too.
 * @param transferred buffers of a result that are handed over instead of copied
 */
export function answerJobs<Job, Result>(
  work: (job: Job) => Result | Promise<Result>,
  transferred: (result: Result) => ArrayBuffer[] = () => [],
): void {
  giveWay((workerData as ThreadData).niceness);
  parentPort?.on('message', ({ id, job }: Message<Job>) => {
    void answer(id, () => work(job), transferred);
  });
}

async function answer<Result>(
  id: number,
  work: () => Result | Promise<Result>,
  transferred: (result: Result) => ArrayBuffer[],
): Promise<void> {
  let reply: Reply<Result>;
  let buffers: ArrayBuffer[] = [];
  try {
    const result = await work();
    buffers = transferred(result);
    reply = { id, result };
  } catch (error) {
    reply =
      error instanceof AppError
        ? { id, refused: { code: error.code, members: error.members } }
        : { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  parentPort?.postMessage(reply, buffers);
}
