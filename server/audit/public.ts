/** What other capabilities may use: how to record what they do, and what an event is. */
export type { Auditing } from './writing/auditing.ts';
export { recordIfKept } from './writing/record.ts';
export type { AuditEvent, Who } from './types.ts';
