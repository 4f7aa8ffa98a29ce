import { invalidParameter } from '../../errors.ts';
import type { Answer } from '../answer.ts';
import { describeAnswer, shown } from '../forms/document.ts';
import { rowsText } from '../forms/writing.ts';
import { bayesRates } from '../space/index.ts';

export const SMOOTHINGS = ['eb'] as const;
export type Smoothing = (typeof SMOOTHINGS)[number];

/** The rates of an answer drawn to their common mean, by the order of its values and in the metric's unit. */
export function smoothedRates({ request: { metric }, values }: Answer): (number | null)[] {
  const rates = bayesRates(
    values.map(({ numerator, status }) => (status === 'ok' ? numerator : null)),
    values.map(({ denominator, status }) => (status === 'ok' ? denominator : null)),
  );
  return rates.map((rate) => (rate === null ? null : rate * metric.multiplier));
}

/** @throws AppError `invalid_parameter` naming the parameter that asked for it, where the metric is no ratio */
export function checkRatio({ request }: Answer, parameter: string, value: string): void {
  const { metric, choropleth, change } = request;
  if (change) throw invalidParameter('change', change.kind, 'left out: a change is no rate to be smoothed');
  if (metric.kind === 'ratio') return;
  const ratios = choropleth.metrics.filter(({ kind }) => kind === 'ratio').map(({ id }) => id);
  const expected =
    parameter === 'metric'
      ? `a ratio: ${ratios.join(', ') || 'this choropleth has none'}`
      : `left out, as ${metric.id} is not a ratio`;
  throw invalidParameter(parameter, value, expected);
}

/** smooth.json: raw and smoothed rates side by side. */
export function smoothDocument(answer: Answer): Generator<string> {
  checkRatio(answer, 'metric', answer.request.metric.id);
  const rates = smoothedRates(answer);
  const head = {
    ...describeAnswer(answer),
    smoothing: 'eb',
    columns: ['code', 'name', 'parent', 'value', 'smoothed', 'denominator', 'status'],
  };
  return rowsText(head, answer.values, (entry, i) => [
    entry.code,
    entry.name,
    entry.parent,
    shown(answer, entry.value),
    shown(answer, rates[i] ?? null),
    entry.denominator,
    entry.status,
  ]);
}
