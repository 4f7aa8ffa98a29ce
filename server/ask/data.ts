import type { AskAnswer } from './types.ts';

/** The document of the system before this one, with members added. */
export const dataOf = ({ question, answer, model, ...rest }: AskAnswer): object => ({
  success: true,
  question,
  answer,
  model,
  ...rest,
});
