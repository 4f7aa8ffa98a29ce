import type { AskNeeds } from './needs.ts';
import type { AskService } from './service.ts';

export interface AskContext extends AskNeeds {
  readonly asking: AskService;
}
