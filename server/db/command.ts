import { InvalidArgumentError } from 'commander';
import pg from 'pg';
import type { Command, CommandTools } from '../command.ts';
import { didYouMean } from '../tools/nearest.ts';
import { migrate, migrationNames, migrationStatus } from './migrate.ts';

const MIGRATIONS = 'of schema chorograph, the only one that is touched';

/** `chorograph migrate [up | down [count] | status]`: Chorograph's own tables. */
export const migrateCommand: Command = {
  name: 'migrate',
  summary: `brings the tables ${MIGRATIONS}, up to date, or back`,
  declare: (parser, tools) => {
    const up = async (): Promise<void> => {
      const done = await migrate(await connected(tools), { direction: 'up' });
      tools.print(done.length > 0 ? done.map((name) => `up: ${name}`).join('\n') : 'nothing to do');
    };
    parser.argument('[direction]', 'up where absent').action((word: string | undefined) => {
      if (word === undefined) return up();
      const known = parser.commands.map((command) => command.name());
      return parser.error(`error: unknown command '${word}'${didYouMean(word, known)}`);
    });
    parser.command('up').description(`runs the migrations ${MIGRATIONS}, that have not run yet`).action(up);
    parser
      .command('down')
      .description('takes the last migrations back, and what their tables hold')
      .argument('[count]', 'how many', countOf, 1)
      .action(async (count: number) => {
        const done = await migrate(await connected(tools), { direction: 'down', count });
        tools.print(done.length > 0 ? done.map((name) => `down: ${name}`).join('\n') : 'nothing to do');
      });
    parser
      .command('status')
      .description('which migrations there are, and when each was applied')
      .option('--json', 'as JSON')
      .action(async ({ json }: { json?: true }) => {
        const found = (await migrationStatus(await connected(tools), migrationNames())).map(
          ({ name, appliedAt }) => ({
            name,
            appliedAt: appliedAt ? new Date(appliedAt).toISOString() : null,
          }),
        );
        if (json) return tools.print(JSON.stringify(found));
        for (const { name, appliedAt } of found)
          tools.print(`${(appliedAt === null ? 'pending' : `applied ${appliedAt}`).padEnd(32)}  ${name}`);
      });
  },
};

async function connected(tools: CommandTools): Promise<pg.Client> {
  const { connection } = await tools.database();
  const client = new pg.Client(connection);
  await client.connect();
  tools.releasers.push('connection', () => client.end());
  return client;
}

function countOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}
