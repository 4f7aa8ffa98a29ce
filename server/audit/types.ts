export const SEVERITIES = ['debug', 'info', 'warning', 'error', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

export const OUTCOMES = ['done', 'refused', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** Critical rows are kept for longer than the others, so they are linked among themselves. */
export const CHAINS = ['critical', 'ordinary'] as const;
export type Chain = (typeof CHAINS)[number];

/** Who asks, as the log may have it. */
export interface Who {
  /** `key:ID`, `anonymous`, `role:NAME` of the database, or `server`. */
  readonly actor: string;
  /** Keyed hash of the address. */
  readonly address?: string | undefined;
  /** The id of the request. */
  readonly correlation?: string | undefined;
}

/** What is recorded. Personal data and secrets in it are taken out before it is written. */
export interface AuditEvent extends Who {
  readonly severity: Severity;
  /** A noun and what happened to it: `key.revoked`. */
  readonly action: string;
  /** What it was done to, with its kind: `view:public.cube`. */
  readonly object?: string | undefined;
  readonly outcome: Outcome;
  /** How often, where several are told of together. */
  readonly times?: number | undefined;
  /** Small values; larger ones are left out, and how large they were is said. */
  readonly before?: unknown;
  readonly after?: unknown;
  readonly note?: string | undefined;
}

/** A row as it stands in the database: its texts are what the hash was made of. */
export interface AuditRow {
  readonly chain: string;
  readonly seq: number;
  /** In UTC, to the microsecond. */
  readonly at: string;
  readonly severity: string;
  readonly action: string;
  readonly actor: string;
  readonly object: string | null;
  readonly outcome: string;
  readonly address: string | null;
  readonly correlation: string | null;
  readonly times: string;
  /** JSON. */
  readonly before: string | null;
  readonly after: string | null;
  readonly note: string | null;
  readonly hash: Buffer;
}
