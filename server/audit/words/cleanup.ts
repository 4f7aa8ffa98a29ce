import { InvalidArgumentError, type Command as Parser } from 'commander';
import type { CommandTools } from '../../command.ts';
import { cleanUp, oldMonths, type Month } from '../chain/anchors.ts';
import type { AuditConfig } from '../settings.ts';

export function cleanupWord(parser: Parser, tools: CommandTools<AuditConfig>): void {
  parser
    .command('cleanup')
    .description('drops whole months that are older than they are to be kept; the log stays verifiable')
    .option('--days <days>', 'how long rows are kept at least', daysOf, 90)
    .option('--critical-days <days>', 'the same for those of severity critical', daysOf, 180)
    .option('--dry-run', 'says what would be dropped, and drops nothing')
    .option('--json', 'as JSON')
    .action(async (given: { days: number; criticalDays: number; dryRun?: true; json?: true }) => {
      const { database } = await tools.database({ migrated: true });
      tools.progress(given.dryRun ? 'looking' : 'checking that the log is whole');
      const months = given.dryRun
        ? await oldMonths(database, given)
        : await cleanUp(database, given, {
            actor: 'command',
            key: tools.config().audit.key,
            onProgress: (rows) => tools.progress(`checking that the log is whole: ${rows} rows`),
          });
      if (given.json)
        return tools.print(JSON.stringify({ dropped: given.dryRun ? [] : months, old: months }));
      for (const line of linesOf(months, given.dryRun ?? false)) tools.print(line);
    });
}

function linesOf(months: readonly Month[], isDry: boolean): string[] {
  if (months.length === 0) return ['Nothing is old enough.'];
  const rows = months.reduce((sum, month) => sum + month.rows, 0);
  return [
    ...months.map(({ chain, month, rows: own }) => `${month}  ${chain}  ${own} rows`),
    isDry ? `${rows} rows would be dropped.` : `${rows} rows were dropped.`,
  ];
}

function daysOf(text: string): number {
  if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number of days, from 1.');
}
