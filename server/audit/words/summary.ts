import { Option, type Command as Parser } from 'commander';
import type { CommandTools } from '../../command.ts';
import { readAuditStats, type AuditStats } from '../reading/query.ts';
import type { AuditConfig } from '../settings.ts';

const DAYS = { daily: 1, weekly: 7 } as const;
type Period = keyof typeof DAYS;

export function summaryWord(parser: Parser, tools: CommandTools<AuditConfig>): void {
  parser
    .command('summary')
    .description('what was done in the last day or week: by severity, outcome, action and actor')
    .addOption(new Option('--period <period>', 'of how long').choices(Object.keys(DAYS)).default('daily'))
    .option('--json', 'as JSON')
    .action(async ({ period, json }: { period: Period; json?: true }) => {
      const { database } = await tools.database();
      const from = new Date(Date.now() - DAYS[period] * 86_400_000);
      const step = period === 'daily' ? 'hour' : 'day';
      const stats = await readAuditStats(database, { from }, { step, top: 10 });
      if (json) return tools.print(JSON.stringify({ period, from: from.toISOString(), ...stats }));
      for (const line of linesOf(stats, from)) tools.print(line);
    });
}

function linesOf(stats: AuditStats, from: Date): string[] {
  const part = (title: string, rows: readonly object[]): string[] => [
    `${title}:`,
    ...(rows as { value: string; events: number }[]).map(
      ({ value, events }) => `  ${String(events).padStart(8)}  ${value}`,
    ),
  ];
  return [
    `${stats.events} events since ${from.toISOString()}`,
    ...part('by severity', stats.bySeverity),
    ...part('by outcome', stats.byOutcome),
    ...part('by action', stats.byAction),
    ...part('by actor', stats.byActor),
  ];
}
