import type { Answer } from '../answer.ts';
import { describeAnswer } from '../forms/document.ts';
import { legendOf, type LegendOptions } from './model.ts';

/** legend.json: what the drawn legends show, for clients that draw their own. */
export function legendDocument(answer: Answer, options: LegendOptions): Record<string, unknown> {
  const { palette, histogram, title: _title, source: _source, ...legend } = legendOf(answer, options);
  return {
    ...describeAnswer(answer),
    theme: palette.theme,
    paper: palette.ink.paper,
    ...legend,
    ...(histogram ? { histogram } : {}),
  };
}
