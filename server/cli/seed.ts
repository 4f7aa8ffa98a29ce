import { Argument, InvalidArgumentError, type Command as Parser } from 'commander';
import type { Command, CommandTools } from '../command.ts';
import { generatePeople } from '../compat/santri/generate/index.ts';
import { seedDemo } from '../demo/seed.ts';

interface Options {
  readonly santri?: number;
  readonly pesantren: number;
  readonly seed: number;
  readonly json?: true;
}

/**
 * `chorograph seed`: loads the demo data; running it again changes nothing. With numbers it fills the tables of the
 * santri pack with that many made-up students and schools instead.
 */
export const seedCommand: Command = {
  name: 'seed',
  summary: 'loads the demo data, or made-up students and schools by the number',
  declare: (parser, tools) => {
    parser
      .addArgument(
        new Argument('[part]', 'one part of the demo; both where absent').choices(['us', 'santri']),
      )
      .option('--santri <number>', 'made-up students instead of the demo', countOf)
      .option('--pesantren <number>', 'and schools that they go to', countOf, 0)
      .option('--seed <number>', 'another number makes up others', countOf, 42)
      .option('--json', 'what was loaded as JSON')
      .action((part: 'us' | 'santri' | undefined, options: Options) => seed(parser, tools, part, options));
  },
};

async function seed(
  parser: Parser,
  tools: CommandTools,
  part: 'us' | 'santri' | undefined,
  { santri, pesantren, seed, json }: Options,
): Promise<void> {
  if (santri !== undefined && part !== undefined)
    parser.error('error: either a part of the demo or --santri, not both');
  // A role that may not have schema chorograph seeds without recording generations.
  const opened = await tools.database({ migrated: 'if permitted' });
  const onProgress = (table: string, done: number, total: number): void =>
    tools.progress(`${table}: ${done} of ${total} rows`, done / total);
  if (santri !== undefined) {
    await generatePeople(opened, { santri, pesantren, seed, onProgress });
    tools.print(
      json
        ? JSON.stringify({ santri, pesantren, seed })
        : 'The people are there; refresh the cubes: chorograph refresh',
    );
    return;
  }
  const report = await seedDemo(opened.database, { ...(part && { only: part }), onProgress });
  if (json) return tools.print(JSON.stringify(report));
  for (const { part: name, status, rows, ms } of report.parts) {
    for (const [table, count] of Object.entries(rows)) tools.print(`  ${table}: ${count} rows`);
    tools.print(`${name}: ${status} (${ms} ms)`);
  }
}

function countOf(text: string): number {
  if (/^\d{1,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
