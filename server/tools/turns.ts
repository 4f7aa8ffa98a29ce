/**
 * Milliseconds of work between two looks at what else came: at least, so that it gets on where much else is to be done, and
 * at most.
 */
const SHORTEST_MS = 0.1;
const LONGEST_MS = 8;
/**
 * Of the time that all else took since the last slice of work, how much the next slice may take for each work that waits: where many do, all
 * others get along with few requests, and who waits for large ones would wait ever longer.
 */
const SHARE = 0.5;
/** What the time between the last two slices counts of that: a pause that happens to be long is no reason for a long slice. */
const LATEST = 0.2;
/** Of work that takes longer than a large tile (ms) the next one has its turn. */
const LONG_MS = 5;

/** Of work that took longer (ms) others have their turn before it is told: what becomes of a large result takes its time, too. */
const QUICK_MS = 1;

/** Work that others may come between. */
interface Job {
  /** Milliseconds that it took, and those of its turn that it has had. */
  took: number;
  had: number;
  /** True where it is done. */
  work(until: number): boolean;
  /** Tells who waits for it what came of it. */
  settle(): void;
}

const waiting: Job[] = [];
/** Jobs that took long and are done: each is settled in a turn without other work. */
const done: Job[] = [];
/** When the last slice ended; where nothing waited since, when something came. */
let ended = 0;
/** Milliseconds that all else took between two slices, the latest ones more than those before. */
let between = 0;
let isScheduled = false;

/**
 * The result of work that yields wherever it may be interrupted, done in slices with the event loop in between: what else came is
 * served before the first one and before the next. What came first is done first, as of several works that are done in turn all end late; only
 * what is long lets others come between. What nobody waits for any more is given up.
 */
export function inTurns<T>(work: Generator<void, T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    let settle = (): void => {};
    if (waiting.length === 0) ended = performance.now();
    waiting.push({
      took: 0,
      had: 0,
      settle: () => settle(),
      work(until) {
        try {
          signal?.throwIfAborted();
          do {
            const step = work.next();
            if (!step.done) continue;
            settle = () => resolve(step.value);
            return true;
          } while (performance.now() < until);
          return false;
        } catch (error) {
          settle = () => reject(error as Error);
          return true;
        }
      },
    });
    schedule();
  });
}

function schedule(): void {
  if (isScheduled) return;
  isScheduled = true;
  setImmediate(turn);
}

/** The result of what is done, or a slice of what waits, the oldest first. */
function turn(): void {
  isScheduled = false;
  const over = done.shift();
  if (over) over.settle();
  else work();
  if (waiting.length > 0 || done.length > 0) schedule();
}

function work(): void {
  between += (Math.min(performance.now() - ended, LONGEST_MS) - between) * LATEST;
  const ms = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, SHARE * waiting.length * between));
  const until = performance.now() + ms;
  do {
    const job = waiting.shift() as Job;
    if (slice(job, until)) {
      if (job.took > QUICK_MS) done.push(job);
      else job.settle();
    } else if (job.had < LONG_MS) waiting.unshift(job);
    else waiting.push(job);
  } while (waiting.length > 0 && ended < until);
}

/** Works until it is done or the time has come; true where it is done. */
function slice(job: Job, until: number): boolean {
  if (job.had >= LONG_MS) job.had = 0;
  const began = performance.now();
  const isDone = job.work(until);
  ended = performance.now();
  job.took += ended - began;
  job.had += ended - began;
  return isDone;
}

/** What becomes of the result of work that is done in steps. */
export function* mapped<A, B>(work: Generator<void, A>, become: (result: A) => B): Generator<void, B> {
  return become(yield* work);
}

/** The same at once. */
export function atOnce<T>(work: Generator<void, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done) return step.value;
  }
}
