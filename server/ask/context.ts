import type { AnswersContext } from '../choropleth/answer.ts';
import type { Observe } from '../observe/events.ts';
import type { ApiKeys } from '../security/keys.ts';
import type { AskEvent } from './events.ts';
import type { AskService } from './service.ts';
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

export interface AskContext extends AskNeeds {
  readonly asking: AskService;
}
