/** What one look found, and what to do about it. */
export interface Finding {
  readonly check: string;
  /** `failed`: it cannot serve like that. `warning`: it serves, and something of it will be missed. */
  readonly status: 'ok' | 'warning' | 'failed';
  readonly found: string;
  readonly advice?: string;
}

export const ok = (check: string, found: string): Finding => ({ check, status: 'ok', found });
export const warning = (check: string, found: string, advice: string): Finding => ({
  ...{ check, status: 'warning', found, advice },
});
export const failed = (check: string, found: string, advice: string): Finding => ({
  ...{ check, status: 'failed', found, advice },
});

const RANK = { ok: 0, warning: 1, failed: 2 } as const;

/** The worst of them. */
export const overall = (findings: readonly Finding[]): Finding['status'] =>
  findings.reduce<Finding['status']>(
    (worst, { status }) => (RANK[status] > RANK[worst] ? status : worst),
    'ok',
  );

/** As people read it: advice below what it is for. */
export function asText({ check, status, found, advice }: Finding): string {
  const indent = ' '.repeat(9);
  const lines = [`${status.padEnd(8)} ${check}: ${found}`, ...(advice === undefined ? [] : [`→ ${advice}`])];
  return lines.join('\n').replaceAll('\n', `\n${indent}`);
}

/** A few of many. */
export function some(names: readonly string[], most = 5): string {
  return `${names.slice(0, most).join(', ')}${names.length > most ? ` and ${names.length - most} more` : ''}`;
}

/**
 * As `/health` tells it. What was found, and what to do about it, is for whoever runs the server; and what is found by
 * a server that answers keeps no answer back, so nothing of it fails.
 */
export function asCheck(...findings: readonly Finding[]): {
  status: 'ok' | 'degraded';
  told: { detail: string; advice?: string };
} {
  const advice = findings.flatMap((finding) => finding.advice ?? []);
  return {
    status: overall(findings) === 'ok' ? 'ok' : 'degraded',
    told: {
      detail: findings.map(({ found }) => found).join('; '),
      ...(advice.length > 0 ? { advice: advice.join('; ') } : {}),
    },
  };
}
