import type { AuditEvent } from '../types.ts';

/** Different events that wait to be written; of what comes on top only the number is kept. */
const MOST_WAITING = 1_000;

/** Events that are written together now and then: the same ones as one, with how often. Pure. */
export class Waiting {
  #events = new Map<string, { event: AuditEvent; times: number }>();
  #overflow = 0;

  get size(): number {
    return this.#events.size;
  }

  add(event: AuditEvent): void {
    const { correlation, times = 1, ...same } = event;
    const key = JSON.stringify(same);
    const known = this.#events.get(key);
    if (known) {
      known.times += times;
      // Of several requests no single one is meant.
      if (known.event.correlation !== correlation) known.event = same;
    } else if (this.#events.size < MOST_WAITING) {
      this.#events.set(key, { event, times });
    } else {
      this.#overflow += times;
    }
  }

  /** Everything that waits, which then waits no more. */
  take(): AuditEvent[] {
    const events: AuditEvent[] = [...this.#events.values()].map(({ event, times }) => ({ ...event, times }));
    if (this.#overflow > 0) events.push(overflowOf(this.#overflow));
    this.#events = new Map();
    this.#overflow = 0;
    return events;
  }
}

const overflowOf = (times: number): AuditEvent => ({
  severity: 'error',
  action: 'audit.left_out',
  actor: 'server',
  outcome: 'failed',
  times,
  note: 'more different events came than can wait to be written',
});
