import type { Request } from 'express';
import type { Auditing } from '../audit/public.ts';
import type { Check } from '../capability.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { Database } from '../db/types.ts';
import type { Route } from '../http/routes.ts';
import type { HttpConfig } from '../http/settings.ts';
import type { Observe } from '../observe/events.ts';
import type { Sight } from '../sight/sight.ts';
import type { Startup } from '../startup-state.ts';
import type { Changes } from '../generations/changes.ts';
import type { RefreshEvent, StreamEvent } from './events.ts';
import type { Generations } from '../generations/generations.ts';
import type { Refresher } from './runs/refresher.ts';
import type { Schedule } from './schedule/schedule.ts';
import type { RefreshConfig } from './settings.ts';
import type { RefreshMaps } from './spec.ts';
import type { EventStream } from './stream.ts';

/** What refreshing is made of. */
export interface RefreshNeeds {
  readonly config: HttpConfig & RefreshConfig & { readonly changePollMs: number };
  readonly maps: RefreshMaps;
  readonly db: Database;
  readonly generations: Generations;
  readonly changes: Changes;
  readonly startup: Startup;
  readonly observe: Observe<RefreshEvent | StreamEvent>;
}

/** What answering for it asks for. */
export interface RefreshContext extends RefreshNeeds {
  readonly refresher: Refresher;
  readonly schedule: Schedule;
  /** Browsers that listen for changes. */
  readonly events: EventStream;
  /** Whether what has a schedule can be read while it is refreshed. */
  readonly viewIndexes: () => Promise<Check>;
  readonly catalog: Pick<Catalog, 'isRestricted' | 'seesRelation'>;
  readonly choropleths: {
    readonly isRestricted: boolean;
    seen(sight: Sight): readonly { readonly id: string }[];
  };
  readonly liveMaps: { onChange(handler: () => void | Promise<void>): void };
  readonly auditing: Pick<Auditing, 'who' | 'record'>;
  readonly keys: {
    require(scope: 'refresh'): NonNullable<Route['access']>;
    identify(
      req: Request,
    ): Promise<{ readonly scopes: readonly string[]; readonly isToken?: true } | undefined>;
  };
}
