import type { AnswersContext } from '../choropleth/public.ts';
import type { Observe } from '../observe/events.ts';
import type { ApiKeys } from '../security/public.ts';
import type { AskEvent } from './events.ts';
import type { AskConfig } from './settings.ts';

/** What the assistant needs of the server. */
export interface AskNeeds extends AnswersContext {
  readonly config: AskConfig &
    AnswersContext['config'] & {
      readonly redisUrl: string | undefined;
      readonly databaseUrl: string | undefined;
    };
  readonly observe: AnswersContext['observe'] & Observe<AskEvent>;
  readonly keys: ApiKeys;
}
