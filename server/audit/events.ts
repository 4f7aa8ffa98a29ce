/** What the audit log tells of itself. */
export type AuditLogEvent =
  /** Noted where the database is not: the newest row of a chain, as it was sealed. */
  | { type: 'audit.sealed'; chain: string; seq: number; hash: string }
  | { type: 'audit.written'; severity: string; events: number }
  | { type: 'audit.not_written'; error: unknown; waiting: number }
  | { type: 'audit.alert'; rule: string; count: number }
  | { type: 'audit.alert.failed'; rule: string; by: string; error: unknown };
