/**
 * Milliseconds of work between two looks at what else came: at least, so that it gets on where much else is to be done, and
 * at most.
 */
const SHORTEST_MS = 0.2;
const LONGEST_MS = 8;
/**
 * Of the time that all else took since the last slice of work, how much the next slice may take for each work that waits: where many do, all
 * others get along with few requests, and who waits for large ones would wait ever longer.
 */
const SHARE = 0.5;
/** Of work that takes longer than a large tile (ms) the next one has its turn. */
const LONG_MS = 5;

/** Work that others may come between. */
interface Job {
  /** Milliseconds of its turn that it has had. */
  had: number;
  /** True where it is done. */
  work(until: number): boolean;
}

const waiting: Job[] = [];
/** When the last slice ended, and whether what came anew has had its first one since the last turn. */
let ended = 0;
let isTaken = false;
let isScheduled = false;

/**
 * The result of work that yields wherever it may be interrupted, done in slices with the event loop in between: what else came is
 * served before the next one. What came first is done first, as of several works that are done in turn all end late; only what is long lets
 * others come between. The first slice is worked on at once, unless another has been since the event loop had its turn. What nobody waits
 * for any more is given up.
 */
export function inTurns<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const job: Job = {
      had: 0,
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
    if (isTaken || waiting.length > 0 || !slice(job, performance.now() + SHORTEST_MS)) waiting.push(job);
    schedule();
  });
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(turn);
}

/** A slice of what waits, the oldest first; nothing where what came since the last turn has had its first. */
function turn(): void {
  isScheduled = false;
  const isOver = isTaken;
  isTaken = false;
  if (!isOver && waiting.length > 0) work();
  if (waiting.length > 0) schedule();
}

function work(): void {
  const since = performance.now() - ended;
  const ms = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, SHARE * waiting.length * since));
  const until = performance.now() + ms;
  do {
    const job = waiting.shift() as Job;
    if (slice(job, until)) continue;
    if (job.had < LONG_MS) waiting.unshift(job);
    else waiting.push(job);
  } while (waiting.length > 0 && ended < until);
  isTaken = false;
}

/** Works until it is done or the time has come; true where it is done. */
function slice(job: Job, until: number): boolean {
  isTaken = true;
  if (job.had >= LONG_MS) job.had = 0;
  const began = performance.now();
  const isDone = job.work(until);
  ended = performance.now();
  job.had += ended - began;
  return isDone;
}

/** The same at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
