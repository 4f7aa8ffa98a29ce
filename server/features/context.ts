import type { Roles } from '../access/public.ts';
import type { Catalog } from '../catalog/catalog.ts';
import type { RowFaults } from '../catalog/faults.ts';
import type { Database } from '../db/types.ts';
import type { HttpConfig } from '../http/settings.ts';
import type { Generations } from '../generations/generations.ts';
import type { FeaturesConfig } from './settings.ts';

/** What answering features asks for. */
export interface FeaturesContext {
  readonly config: HttpConfig & FeaturesConfig;
  readonly db: Database;
  readonly catalog: Catalog;
  readonly faults: RowFaults;
  readonly generations: Generations;
  /** How layers are read that each role sees other rows of. */
  readonly roles: Pick<Roles, 'reading'>;
}
