import cron, { type TaskContext } from 'node-cron';
import { DueTimes } from './due.ts';

/** node-cron warns of what we handle: a tick that came late is a tick all the same. */
const quiet = { info() {}, warn() {}, error() {}, debug() {} };

export interface Alarm {
  /** A cron expression and its time zone, that of the server where absent. */
  readonly cron: string;
  readonly timezone?: string | undefined;
  /** Waits up to this long (ms), at random. */
  readonly jitter?: number | undefined;
  /** Called with the time that was due, however late it is; of several that were missed with the first. */
  ring(due: Date): void;
}

/**
 * Rings when alarms are due. node-cron ticks every minute, or every second where an alarm asks for that, in UTC;
 * what is due at a tick is for `DueTimes` to say, as clocks are put forward and back.
 */
export class Clock {
  readonly #alarms: { alarm: Alarm; times: DueTimes; next: Date | undefined }[];
  readonly #waiting = new Set<NodeJS.Timeout>();
  readonly #stop: () => unknown;

  constructor(alarms: readonly Alarm[]) {
    const now = new Date();
    this.#alarms = alarms.map((alarm) => {
      const times = new DueTimes(alarm.cron, alarm.timezone);
      return { alarm, times, next: times.after(now) };
    });
    const tick = ({ date }: TaskContext): void => this.#tick(date);
    const bySecond = this.#alarms.some(({ times }) => times.hasSeconds);
    const task = cron.createTask(bySecond ? '* * * * * *' : '* * * * *', tick, {
      timezone: 'UTC',
      logger: quiet,
      suppressMissedWarning: true,
    });
    task.on('execution:missed', tick);
    if (this.#alarms.length > 0) void task.start();
    this.#stop = () => task.destroy();
  }

  /** When an alarm rings next; undefined where it never does. */
  next(alarm: Alarm): Date | undefined {
    return this.#alarms.find((entry) => entry.alarm === alarm)?.next;
  }

  async stop(): Promise<void> {
    await this.#stop();
    for (const timer of this.#waiting) clearTimeout(timer);
  }

  #tick(date: Date): void {
    const now = new Date(Math.max(date.getTime(), Date.now()));
    for (const entry of this.#alarms) {
      const { alarm, times } = entry;
      const due = entry.next;
      if (!due || due > now) continue;
      entry.next = times.after(now);
      this.#ring(alarm, due);
    }
  }

  #ring(alarm: Alarm, due: Date): void {
    if (!alarm.jitter) return alarm.ring(due);
    const timer = setTimeout(() => {
      this.#waiting.delete(timer);
      alarm.ring(due);
    }, Math.random() * alarm.jitter);
    this.#waiting.add(timer);
  }
}
