import cron, { type ScheduledTask } from 'node-cron';

const SECOND = 1_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Clocks are put forward or back by no more than this. */
const LONGEST_SHIFT = 3 * HOUR;
/** 29 February comes every eight years at the rarest. */
const LONGEST_WAIT = 8.01 * 366 * DAY;

/**
 * When a cron expression is due in a time zone. On the days on which clocks are put forward or back it goes by what
 * cron does (Vixie 4.1), where node-cron leaves runs out:
 *
 * - what falls into the hour that is skipped is due when that hour is over;
 * - a schedule whose hours or minutes start with `*` is an interval: it goes on through the hour that comes twice;
 * - any other is a fixed time, due the first of the two times.
 */
export class DueTimes {
  readonly #zone: Zone;
  /** Never started: it tells whether a day, given in UTC, is one of the expression. */
  readonly #days: ScheduledTask;
  /** Seconds of the day, ascending. */
  readonly #times: readonly number[];
  readonly #isInterval: boolean;

  /** @param expression one that node-cron finds valid; in the server's own zone where none is given */
  constructor(expression: string, timezone?: string) {
    const { hour, minute, second } = cron.parse(expression);
    this.#zone = new Zone(timezone);
    this.#days = cron.createTask(expression, () => {}, { timezone: 'UTC' });
    this.#times = hour
      .flatMap((h) => minute.flatMap((m) => second.map((s) => 3600 * h + 60 * m + s)))
      .sort((a, b) => a - b);
    const [, minutes, hours] = fieldsOf(expression);
    const isEvery = minute.length === 60 || hour.length === 24;
    this.#isInterval = isEvery || [minutes, hours].some((field) => field?.startsWith('*'));
  }

  /** Whether it is due more often than once a minute. */
  get hasSeconds(): boolean {
    return this.#times.some((time) => time % 60 !== 0);
  }

  /** The first time after this one; undefined where there is none, as on 30 February. */
  after(instant: Date): Date | undefined {
    const start = Math.floor(instant.getTime() / SECOND) * SECOND;
    for (let from = start; from < start + LONGEST_WAIT; from += DAY) {
      const due = this.#firstBetween(from, from + DAY);
      if (due !== undefined) return new Date(due);
    }
    return undefined;
  }

  /** The first time later than `from` and not later than `to`. */
  #firstBetween(from: number, to: number): number | undefined {
    // In the hour that comes twice it matters that it has been before.
    const change = this.#zone.changeBetween(from - LONGEST_SHIFT, to);
    const [least, most] = [Math.min(change.before, change.after), Math.max(change.before, change.after)];
    let first = Infinity;
    for (const wall of this.#wallTimes(from + least, to + most)) {
      if (wall - most >= first) break;
      for (const due of this.#instantsOf(wall, change)) if (due > from) first = Math.min(first, due);
    }
    return first <= to ? first : undefined;
  }

  /** What clocks on the wall show when the expression matches, as if they showed UTC. */
  *#wallTimes(from: number, to: number): Generator<number> {
    for (let day = Math.floor(from / DAY) * DAY; day <= to; day += DAY) {
      if (!this.#days.match(new Date(day + this.#times[0]! * SECOND))) continue;
      for (const time of this.#times) {
        const wall = day + time * SECOND;
        if (wall >= from && wall <= to) yield wall;
      }
    }
  }

  /** When clocks show it: once; in the hour that comes twice, once or twice; else when the skipped hour is over. */
  #instantsOf(wall: number, { at, before, after }: Change): number[] {
    const [first, second] = [wall - before, wall - after];
    if (first < at) return this.#isInterval && second >= at && second !== first ? [first, second] : [first];
    return [Math.max(second, at)];
  }
}

/** What clocks are ahead of UTC by (ms), before and from some moment on. */
interface Change {
  readonly at: number;
  readonly before: number;
  readonly after: number;
}

class Zone {
  readonly #format: Intl.DateTimeFormat;

  constructor(timeZone: string | undefined) {
    const parts = {
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
    } as const;
    this.#format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      ...parts,
      second: 'numeric',
    });
  }

  /** The change of the clocks in a stretch of about a day, which has one at most. */
  changeBetween(from: number, to: number): Change {
    const [before, after] = [this.#offset(from), this.#offset(to)];
    let [early, late] = [from, to];
    while (before !== after && late - early > SECOND) {
      const middle = Math.floor((early + late) / 2 / SECOND) * SECOND;
      if (this.#offset(middle) === before) early = middle;
      else late = middle;
    }
    return { at: late, before, after };
  }

  #offset(instant: number): number {
    const parts = this.#format.formatToParts(instant);
    const [year, month, day, hour, minute, second] = ['year', 'month', 'day', 'hour', 'minute', 'second'].map(
      (name) => Number(parts.find(({ type }) => type === name)?.value),
    ) as [number, number, number, number, number, number];
    return Date.UTC(year, month - 1, day, hour, minute, second) - instant;
  }
}

/** Second, minute, hour, day of the month, month, day of the week, as they were written; none of a nickname. */
export function fieldsOf(expression: string): string[] {
  const fields = expression.trim().split(/\s+/);
  return fields.length === 5 ? ['0', ...fields] : fields;
}
