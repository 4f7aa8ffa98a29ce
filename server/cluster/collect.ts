import type { Worker } from 'node:cluster';
import { slowest } from '../observe/slowest.ts';
import type { Collected, FromPrimary, FromWorker } from './messages.ts';

/** A worker that does not answer in this time (it starts, or hangs) is left out. */
const ANSWER_MS = 2_000;

/** Adds up the metrics of the workers, and tells those of the cluster itself. */
export class MetricsCollector {
  readonly #waiting = new Map<number, (worker: Worker, collected: Collected) => void>();
  /** Workers started again after they ended by themselves. */
  restarts = 0;
  /** Rolling replacements of all workers. */
  reloads = 0;
  #lastId = 0;

  /** @param readyWorkers the workers to ask, as of the moment of the call. */
  constructor(readonly readyWorkers: () => readonly Worker[]) {}

  /** Takes a worker's message where it is about metrics. */
  onMessage(worker: Worker, message: FromWorker): void {
    if (message.type === 'chorograph:collected') this.#waiting.get(message.id)?.(worker, message);
    if (message.type === 'chorograph:metrics-wanted') {
      void this.#told(message.what).then((told) => {
        if (worker.isConnected())
          worker.send({ type: 'chorograph:metrics', id: message.id, told } satisfies FromPrimary);
      });
    }
  }

  async #told(what: 'text' | 'slowest'): Promise<string | ReturnType<typeof slowest>> {
    const collected = await this.#collect();
    if (what === 'slowest') return slowest(collected.flatMap((one) => one.slowest));
    // Read when somebody asks: the primary is to start at once, and stay small.
    const { addedUp } = await import('./added-up.ts');
    const { restarts, reloads } = this;
    return addedUp(
      collected.flatMap((one) => one.metrics),
      { workers: this.readyWorkers().length, restarts, reloads },
    );
  }

  #collect(): Promise<Collected[]> {
    const id = ++this.#lastId;
    const asked = new Set(this.readyWorkers().filter((worker) => worker.isConnected()));
    const answers: Collected[] = [];
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#waiting.delete(id);
        resolve(answers);
      };
      const timer = setTimeout(done, ANSWER_MS);
      this.#waiting.set(id, (worker, collected) => {
        if (!asked.delete(worker)) return;
        answers.push(collected);
        if (asked.size === 0) done();
      });
      for (const worker of asked) worker.send({ type: 'chorograph:collect', id } satisfies FromPrimary);
      if (asked.size === 0) done();
    });
  }
}
