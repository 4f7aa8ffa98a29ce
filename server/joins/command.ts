import { recordIfKept } from '../audit/public.ts';
import { confirmation } from './recorded.ts';
import type { Command as Parser } from 'commander';
import type { Command, CommandTools } from '../command.ts';
import { AppError } from '../errors.ts';
import { checkCodes, diagnose, type JoinMaps } from './doctor.ts';
import { joinDocument, joinLines } from './document.ts';
import { confirm, type Confirmation } from './matches.ts';

interface Options {
  readonly set: string;
  readonly table: string;
  readonly column: string;
  readonly parent?: string;
  readonly confirm?: string[];
  readonly json?: true;
}

export const joinCommand: Command<object, JoinMaps> = {
  name: 'join',
  summary: 'tells which regions the names in a table are of, and remembers what you confirm',
  declare: (parser: Parser, tools: CommandTools<object, JoinMaps>) => {
    parser
      .requiredOption('--set <id>', 'a region set of maps.yaml')
      .requiredOption('--table <table>', 'a table or view')
      .requiredOption('--column <name>', 'its column with names or codes of regions')
      .option('--parent <column>', 'its column with the regions above')
      .option(
        '--confirm <value=code...>',
        'says which region a value is of; VALUE|PARENT=CODE under one above',
      )
      .option('--json', 'the whole report as JSON')
      .action((options: Options) => run(options, tools));
  },
};

async function run(options: Options, tools: CommandTools<object, JoinMaps>): Promise<void> {
  const maps = tools.maps();
  const confirmations = (options.confirm ?? []).map(parseConfirmation);
  const { database } = await tools.database({ migrated: true });
  let joined = await diagnose(database, maps, options.set, options);
  if (confirmations.length > 0) {
    checkCodes(
      joined.regions,
      confirmations.map(({ code }) => code),
    );
    await database.transaction(async (tx) => {
      await confirm(tx, options.set, confirmations);
      await recordIfKept(tx, confirmation({ actor: 'command' }, options.set, confirmations.length));
    });
    joined = await diagnose(database, maps, options.set, options);
  }
  if (options.json) return tools.print(JSON.stringify(joinDocument(joined), null, 2));
  for (const line of joinLines(joined)) tools.print(line);
}

/** `Kab Bandng=3204`, `Banjar|Jawa Barat=3279`. @throws AppError */
function parseConfirmation(text: string): Confirmation {
  const [, value, parent, code] = /^([^|=]+)(?:\|([^=]+))?=(.+)$/s.exec(text) ?? [];
  if (value !== undefined && code !== undefined) return { value, parent, code };
  throw new AppError('invalid_parameter', { detail: `--confirm must be VALUE=CODE, but it is ${text}` });
}
