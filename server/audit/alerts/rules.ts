import { z } from 'zod';
import { SEVERITIES, type Severity } from '../types.ts';

/** So many events of a severity within a window are worth an alert. */
export interface AlertRule {
  /** As it was written; its name. */
  readonly text: string;
  readonly severity: Severity;
  readonly atLeast: number;
  readonly windowS: number;
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };
const RULE = new RegExp(`^(${SEVERITIES.join('|')})>=([1-9]\\d{0,8})/([1-9]\\d{0,4})([smhd])$`);
const LONGEST_WINDOW_S = 31 * 86_400;

/** `critical>=1/5m,error>=10/1h` */
export const alertRules = z.string().transform((text, issues): AlertRule[] => {
  const parts = text.split(',').map((part) => part.replaceAll(/\s/g, ''));
  const rules = parts.filter((part) => part !== '').map(ruleOf);
  const valid = rules.filter((rule) => rule !== undefined);
  if (valid.length === rules.length) return valid;
  issues.addIssue(
    `rules such as critical>=1/5m with commas between them (severities ${SEVERITIES.join(', ')}; s, m, h, d; 31 days at most)`,
  );
  return z.NEVER;
});

function ruleOf(text: string): AlertRule | undefined {
  const [, severity, count, length, unit = ''] = RULE.exec(text) ?? [];
  const windowS = Number(length) * (SECONDS[unit] ?? NaN);
  if (severity === undefined || !(windowS <= LONGEST_WINDOW_S)) return undefined;
  return { text, severity: severity as Severity, atLeast: Number(count), windowS };
}
