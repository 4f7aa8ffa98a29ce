import type { AuditEvent, Who } from '../audit/public.ts';

/** What is written down of names that somebody said the regions of; not the names, which may be of persons. */
export const confirmation = (who: Who, set: string, confirmed: number): AuditEvent => ({
  ...who,
  ...{ severity: 'warning', action: 'join.confirmed', object: `regions:${set}`, outcome: 'done' },
  after: { confirmed },
});
