import type { Worker } from 'node:cluster';
import { AggregatorRegistry, Counter, Gauge, Registry } from 'prom-client';
import { slowest } from '../observe/slowest.ts';
import type { Collected, FromPrimary, FromWorker } from './messages.ts';

/** A worker that does not answer in this time (it starts, or hangs) is left out. */
const ANSWER_MS = 2_000;

/** Adds up the metrics of the workers, and tells those of the cluster itself. */
export class MetricsCollector {
  readonly #own = new Registry();
  readonly #waiting = new Map<number, (worker: Worker, collected: Collected) => void>();
  readonly restarts = new Counter({
    name: 'chorograph_worker_restarts_total',
    help: 'Workers started again after they ended by themselves',
    registers: [this.#own],
  });
  readonly reloads = new Counter({
    name: 'chorograph_worker_reloads_total',
    help: 'Rolling replacements of all workers',
    registers: [this.#own],
  });
  #lastId = 0;

  /** @param readyWorkers the workers to ask, as of the moment of the call. */
  constructor(readonly readyWorkers: () => readonly Worker[]) {
    new Gauge({
      name: 'chorograph_workers',
      help: 'Workers that serve',
      registers: [this.#own],
      collect() {
        this.set(readyWorkers().length);
      },
    });
  }

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
    const metrics = collected.flatMap((one) => one.metrics);
    return (await AggregatorRegistry.aggregate(metrics).metrics()) + (await this.#own.metrics());
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
