import { InvalidArgumentError, Option, type Command as Parser } from 'commander';
import type { CommandTools } from '../../command.ts';
import { auditCsv } from '../reading/csv.ts';
import { readAudit, type Place } from '../reading/query.ts';
import type { AuditConfig } from '../settings.ts';

const BATCH = 2_000;

interface ExportWords {
  format: 'csv' | 'ndjson';
  from?: Date;
  to?: Date;
  dryRun?: true;
}

export function exportWord(parser: Parser, tools: CommandTools<AuditConfig>): void {
  parser
    .command('export')
    .description('every row, newest first, on standard output')
    .addOption(new Option('--format <format>', 'of what kind').choices(['csv', 'ndjson']).default('csv'))
    .option('--from <time>', 'from this day or time on, in UTC', timeOf)
    .option('--to <time>', 'before this day or time, in UTC', timeOf)
    .option('--dry-run', 'says how many rows that would be')
    .action(async ({ format, from, to, dryRun }: ExportWords) => {
      const { database } = await tools.database({ statementTimeoutMs: 600_000 });
      let rows = 0;
      let before: Place | undefined;
      do {
        const entries = await readAudit(database, { from, to }, { before, limit: BATCH });
        const text =
          format === 'csv'
            ? auditCsv(entries, { header: rows === 0 })
            : entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
        if (!dryRun && text !== '') tools.print(text.replace(/\n$/, ''));
        rows += entries.length;
        tools.progress(`${rows} rows`);
        before = entries.length === BATCH ? entries.at(-1) : undefined;
      } while (before);
      if (dryRun) tools.print(`${rows} rows would be exported.`);
    });
}

function timeOf(text: string): Date {
  const date = new Date(/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d)?Z?)?$/.test(text) ? text : NaN);
  if (Number.isNaN(date.getTime()))
    throw new InvalidArgumentError('It must be a day or a time, as 2026-11-27.');
  return date;
}
