import type { Request, Response } from 'express';
import type { Database } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';
import type { Auditing } from './writing/auditing.ts';
import type { AuditLogEvent } from './events.ts';
import type { AuditConfig } from './settings.ts';

export interface AuditContext {
  readonly config: AuditConfig;
  readonly db: Database;
  readonly observe: Observe<AuditLogEvent>;
  readonly auditing: Auditing;
  readonly startup: { readonly unwritable?: string | undefined };
  readonly generations: { readonly tracking: boolean };
  readonly keys: {
    require(scope: 'audit'): { scope: string; check: (req: Request, res: Response) => Promise<void> };
  };
}
