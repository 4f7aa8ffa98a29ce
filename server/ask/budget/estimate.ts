import { AppError } from '../../errors.ts';
import type { ModelList } from '../gemini/models.ts';
import type { Limits } from '../policy/schema.ts';
import { dayOf, untilTomorrow, type BudgetStore, type Estimate, type Reservation } from './budget.ts';

/** A token has at least so many characters, whatever the language. */
const CHARACTERS_PER_TOKEN = 3;
/** The declarations of the tools, and what one of them gives. */
const TOOL_TOKENS = 1_500;

/** Tokens of one prompt of so many characters. */
export const promptTokens = (characters: number): number =>
  Math.ceil(characters / CHARACTERS_PER_TOKEN) + TOOL_TOKENS;

/** The most that a question costs: a classification, and every turn with all that came before it. */
export function estimate(characters: number, limits: Limits, models: ModelList, model: string): Estimate {
  const turns = limits.toolCalls + 1;
  const results = (TOOL_TOKENS * turns * limits.toolCalls) / 2;
  const input = Math.ceil(promptTokens(characters) * (turns + 1) + results);
  const output = limits.outputTokens * turns;
  return { tokens: input + output, micros: models.cost(model, { input, cached: 0, output }) };
}

/** @throws AppError `ask_budget_spent` (429) */
export async function reserve(
  budget: BudgetStore,
  { perDay }: Limits,
  subject: string,
  most: Estimate,
  now = new Date(),
): Promise<Reservation> {
  const day = dayOf(now);
  const all = { subject: 'all', tokens: perDay.tokens, micros: perDay.usd * 1e6 };
  const own = { subject, tokens: perDay.tokensPerKey, micros: perDay.usdPerKey * 1e6 };
  const short = await budget.reserve(day, [all, own], most);
  if (short === undefined) return { day, subjects: ['all', subject], ...most };
  throw new AppError('ask_budget_spent', {
    detail: 'what may be spent on questions today is spent',
    scope: short === 'all' ? 'all' : 'own',
    retryAfter: untilTomorrow(now),
  });
}
