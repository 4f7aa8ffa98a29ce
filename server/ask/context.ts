import type { Telling } from '../limits/refusal.ts';
import type { AskNeeds } from './needs.ts';
import type { AskService } from './service.ts';

export interface AskContext extends AskNeeds, Telling {
  readonly observe: AskNeeds['observe'] & Telling['observe'];
  readonly asking: AskService;
}
