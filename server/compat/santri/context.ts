import type { LayerMaps } from '../../catalog/maps.ts';
import type { AnswersContext } from '../../choropleth/public.ts';
import type { Route } from '../../http/routes.ts';
import type { ApiKeys } from '../../security/public.ts';
import type { SantriConfig } from './settings.ts';

/** What the old paths ask for. */
export interface SantriContext extends AnswersContext {
  readonly config: AnswersContext['config'] & SantriConfig;
  readonly maps: AnswersContext['maps'] & LayerMaps;
  readonly keys: Pick<ApiKeys, 'require' | 'identify'>;
  /** Every route that there is. */
  readonly api: () => readonly Route[];
}
