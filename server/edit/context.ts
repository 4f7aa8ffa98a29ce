import type { Request, Response } from 'express';
import type { AuditEvent, Who } from '../audit/public.ts';
import type { Queryable } from '../db/types.ts';
import type { Observe } from '../observe/events.ts';
import type { OgcContext } from '../ogc/public.ts';
import type { Scope } from '../security/public.ts';
import type { Editing } from './editing.ts';
import type { EditEvent } from './events.ts';
import type { EditConfigured } from './settings.ts';

type Access = { scope: string; check: (req: Request, res: Response) => Promise<void> };

/** What editing asks for: the collections of OGC API are what is edited. */
export interface EditContext extends OgcContext {
  readonly config: OgcContext['config'] & EditConfigured;
  readonly editing: Editing;
  readonly observe: OgcContext['observe'] & Observe<EditEvent>;
  readonly keys: {
    requireAny(): Access;
    require(scope: Scope): Access;
    identify(req: Request): Promise<{ readonly scopes: readonly Scope[] } | undefined>;
  };
  readonly auditing: {
    who(req: Request): Promise<Who>;
    record(tx: Queryable, ...events: readonly AuditEvent[]): Promise<void>;
  };
}
