import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { AppError, type ErrorCode, type ErrorDetail } from '../errors.ts';
import { FairQueue } from './fair-queue.ts';
import { giveBackMemory } from './unused-memory.ts';

export interface ThreadOptions {
  /** Jobs that may wait behind the running ones; of more, those of whoever has most waiting are refused. */
  maxWaiting: number;
  /** Jobs that may be under way at a time, where they wait for something themselves; one where absent. */
  atOnce?: number;
  /** A job that takes longer is given up, and its thread with it. */
  timeoutMs: number;
  /**
   * Milliseconds without a job after which the thread ends, so that what its jobs took is the machine's again; the next job starts
   * another. Where absent it stays. Jobs that leave something in the thread for later ones must `hold` it.
   */
  restMs?: number;
  /** Megabytes that its objects may take; of one that takes more the job fails, and the thread ends. As Node has it where absent. */
  heapMb?: number;
  /** By how much it gives way to what answers requests (as `nice` counts, to 19), for work that nobody waits for; not at all where absent. */
  niceness?: number;
}

/** What a thread is told when it starts. */
export interface ThreadData {
  readonly niceness: number;
}

export interface ThreadStats {
  waiting: number;
  /** Threads started so far: more than one means that one died, was given up or had nothing to do for long. */
  started: number;
}

interface Task<Job, Result> {
  readonly job: Job;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A job, and its answer, by a number that is the job's alone. */
export interface Message<Job> {
  readonly id: number;
  readonly job: Job;
}
export type Reply<Result> = { id: number } & (
  { result: Result } | { refused: { code: ErrorCode; members: ErrorDetail } } | { error: string }
);

interface Running<Job, Result> {
  readonly task: Task<Job, Result>;
  readonly deadline: NodeJS.Timeout;
}

const IS_TYPESCRIPT = import.meta.url.endsWith('.ts');

/**
 * One long-lived thread for work that would hold up the event loop. Jobs run one after the other, or so many at once; the
 * thread starts with the first, and again after it died. While it idles it does not keep the process alive.
 *
 * Its module answers each message with a `Reply`: see `answerJobs` in thread-worker.ts.
 */
export class Thread<Job, Result> {
  readonly #module: string;
  readonly #options: ThreadOptions;
  readonly #waiting: FairQueue<Task<Job, Result>>;
  #worker: Worker | undefined;
  readonly #running = new Map<number, Running<Job, Result>>();
  #jobs = 0;
  #started = 0;
  #holds = 0;
  #resting: NodeJS.Timeout | undefined;

  /** @param module URL of the module without its extension */
  constructor(module: URL, options: ThreadOptions) {
    this.#module = `${module.href}.${IS_TYPESCRIPT ? 'ts' : 'js'}`;
    this.#options = options;
    this.#waiting = new FairQueue(options.maxWaiting);
  }

  get stats(): ThreadStats {
    return { waiting: this.#waiting.size, started: this.#started };
  }

  /**
   * The result of a job. Clients take turns.
   * @param client who asks; all who say nothing are one
   * @throws AppError what the work throws; `server_busy` where too many wait already or it takes too long, `internal`
   *   where it fails
   */
  run(job: Job, client = ''): Promise<Result> {
    return new Promise((resolve, reject) => {
      const task = { job, resolve, reject };
      if (this.#running.size < (this.#options.atOnce ?? 1)) this.#begin(task);
      else this.#waiting.push(client, task)?.reject(new AppError('server_busy'));
    });
  }

  /** Keeps the thread between jobs until the answer is called: for who leaves something in it. */
  hold(): () => void {
    let isHeld = true;
    this.#holds++;
    clearTimeout(this.#resting);
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#holds--;
      if (this.#running.size === 0) this.#rest();
    };
  }

  #next(): void {
    const task = this.#waiting.shift();
    if (task) this.#begin(task);
    else if (this.#running.size === 0) this.#rest();
  }

  #rest(): void {
    const worker = this.#worker;
    worker?.unref();
    const { restMs } = this.#options;
    if (!worker || this.#holds > 0 || restMs === undefined) return;
    clearTimeout(this.#resting);
    this.#resting = setTimeout(() => {
      if (worker !== this.#worker) return;
      this.#worker = undefined;
      void worker.terminate().then(giveBackMemory);
    }, restMs).unref();
  }

  #begin(task: Task<Job, Result>): void {
    clearTimeout(this.#resting);
    const worker = (this.#worker ??= this.#start());
    worker.ref();
    const deadline = setTimeout(() => {
      this.#lose(worker, new AppError('server_busy', { detail: 'the work took too long' }));
    }, this.#options.timeoutMs);
    const id = ++this.#jobs;
    this.#running.set(id, { task, deadline });
    worker.postMessage({ id, job: task.job } satisfies Message<Job>);
  }

  #start(): Worker {
    this.#started++;
    const worker = startWorker(this.#module, this.#options);
    worker.on('message', (reply: Reply<Result>) => this.#finish(worker, reply));
    worker.on('error', (error) => this.#lose(worker, failure(error)));
    worker.on('exit', () => this.#lose(worker, failure(new Error('the thread ended'))));
    return worker;
  }

  #finish(worker: Worker, reply: Reply<Result>): void {
    if (worker !== this.#worker) return;
    this.#settle(reply.id, (task) => {
      if ('result' in reply) task.resolve(reply.result);
      else if ('error' in reply) task.reject(failure(new Error(reply.error)));
      else task.reject(new AppError(reply.refused.code, reply.refused.members));
    });
  }

  /** The thread is gone or no longer wanted: its jobs fail, the next one gets a new thread. */
  #lose(worker: Worker, error: AppError): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    void worker.terminate();
    for (const id of [...this.#running.keys()]) this.#settle(id, (task) => task.reject(error));
  }

  #settle(id: number, settle: (task: Task<Job, Result>) => void): void {
    const running = this.#running.get(id);
    if (!running) return;
    this.#running.delete(id);
    clearTimeout(running.deadline);
    settle(running.task);
    this.#next();
  }
}

/** Runs from compiled JavaScript, and from TypeScript, for which a new thread needs the loader registered again. */
function startWorker(module: string, { heapMb, niceness = 0 }: ThreadOptions): Worker {
  const options = {
    workerData: { niceness } satisfies ThreadData,
    ...(heapMb !== undefined && { resourceLimits: { maxOldGenerationSizeMb: heapMb } }),
  };
  if (!IS_TYPESCRIPT) return new Worker(new URL(module), options);
  const loader = createRequire(import.meta.url).resolve('tsx/cjs');
  const source = [loader, fileURLToPath(module)].map((file) => `require(${JSON.stringify(file)});`).join('');
  return new Worker(source, { eval: true, ...options });
}

function failure(cause: Error): AppError {
  if ((cause as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY')
    return new AppError('server_busy', { detail: 'the work took too much memory' }, { cause });
  return new AppError('internal', {}, { cause });
}
