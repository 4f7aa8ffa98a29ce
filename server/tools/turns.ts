/**
 * Milliseconds of work between two looks at what else came: at least, so that it gets on where much else is to be done, and
 * at most.
 */
const SHORTEST_MS = 0.2;
const LONGEST_MS = 2;
/** Of the time that all else took since the last slice of work, how much the next slice may take. */
const SHARE = 0.5;

/** Work that others may come between. */
interface Job {
  /** Works until it is done or the time has come; true where it is done. */
  work(until: number): boolean;
}

const waiting: Job[] = [];
/** When the last slice ended, and whether one has been worked on since the event loop last looked at anything else. */
let ended = 0;
let isTaken = false;
let isScheduled = false;

/**
 * The result of work that yields wherever it may be interrupted, done in slices with the event loop in between: what else came is
 * served before the next one, and of several such works each has its slice in turn. The first slice is worked on at
 * once, unless another has been since the event loop had its turn. What nobody waits for any more is given up.
 */
export function inTurns<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const job: Job = {
      work(until) {
        try {
          signal?.throwIfAborted();
          do {
            const step = work.next();
            if (!step.done) continue;
            resolve(step.value);
            return true;
          } while (performance.now() < until);
          return false;
        } catch (error) {
          reject(error as Error);
          return true;
        }
      },
    };
    if (isTaken || waiting.length > 0 || !slice(job, SHORTEST_MS)) waiting.push(job);
    schedule();
  });
}

function schedule(): void {
  if (isScheduled || (waiting.length === 0 && !isTaken)) return;
  isScheduled = true;
  setImmediate(turn);
}

/** One slice of the work that has waited longest. */
function turn(): void {
  isScheduled = false;
  isTaken = false;
  const job = waiting.shift();
  if (!job) return;
  const since = performance.now() - ended;
  if (!slice(job, Math.min(LONGEST_MS, Math.max(SHORTEST_MS, SHARE * since)))) waiting.push(job);
  schedule();
}

function slice(job: Job, ms: number): boolean {
  isTaken = true;
  const isDone = job.work(performance.now() + ms);
  ended = performance.now();
  return isDone;
}

/** The same at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
