import type { AnswersContext, Choropleth } from '../choropleth/public.ts';
import type { HttpConfig } from '../http/settings.ts';
import type { Looking } from '../sight/sight.ts';
import type { TilesContext } from '../tiles/public.ts';
import type { ArchivesConfig } from './settings.ts';

/** What making archives asks for. */
export type MakingContext = TilesContext &
  AnswersContext & { readonly config: { readonly pool: { readonly size: number } } };

/** What serving them asks for. */
export interface ArchivesContext {
  readonly config: HttpConfig & ArchivesConfig;
  readonly catalog: TilesContext['catalog'];
  readonly choropleths: { get(id: string, sight: Looking): Choropleth };
}
