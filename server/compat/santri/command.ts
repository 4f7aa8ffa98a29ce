import type { Command, CommandTools } from '../../command.ts';
import { assignRegions, installPack, packObjects, removePack, unmatchedRows } from './pack.ts';
import { verify } from './verify/index.ts';

/** Differences that are printed unless `--show` says otherwise; all are counted. */
const SHOWN = 50;

interface VerifyWords {
  old: string;
  new: string;
  key?: string;
  oldKey?: string;
  show: string;
}

/** `chorograph santri …`: the tables, triggers and cubes of the santri programme. */
export const santriCommand: Command = {
  name: 'santri',
  summary: 'installs, removes or checks what the santri programme needs in the database',
  declare: (parser, tools) => {
    parser
      .command('up')
      .description('creates what is missing and adopts what exists; safe to run again')
      .action(async () => {
        const { database } = await tools.database();
        tools.progress('installing; every map row is located');
        await installPack(database);
        const made = await packObjects(database);
        const open = await unmatchedRows(database);
        tools.print(`The santri pack is installed: ${made.length} objects of its own.`);
        if (open.length > 0)
          tools.print(
            `${open.reduce((sum, { rows }) => sum + rows, 0)} rows are in no region: see chorograph santri status.`,
          );
      });
    parser
      .command('down')
      .description('removes what up created; every row that it did not bring stays')
      .action(async () => {
        const { database } = await tools.database();
        await removePack(database);
        const left = await packObjects(database);
        tools.print(
          left.length === 0
            ? 'The santri pack is removed.'
            : `The santri pack is removed. These tables hold rows and stay: ${left.map(({ name }) => name).join(', ')}.`,
        );
      });
    parser
      .command('assign')
      .description('locates every map row anew, after new boundaries')
      .action(async () => {
        const { database } = await tools.database();
        tools.progress('locating');
        tools.print(`${await assignRegions(database)} rows have another region than before.`);
      });
    parser
      .command('status')
      .description('what the pack created, and rows whose region nobody knows')
      .option('--json', 'as JSON')
      .action(async ({ json }: { json?: true }) => {
        const { database } = await tools.database();
        const objects = await packObjects(database);
        const unmatched = objects.length === 0 ? [] : await unmatchedRows(database);
        if (json) {
          tools.print(JSON.stringify({ objects, unmatched }));
          return;
        }
        if (objects.length === 0) tools.print('The santri pack is not installed.');
        for (const { kind, name } of objects) tools.print(`${kind}  ${name}`);
        for (const { relation, provinsi, kabupaten, rows, examples } of unmatched)
          tools.print(
            `${relation}: ${rows} rows of ${kabupaten ?? '?'}, ${provinsi ?? '?'} (${examples.join(', ')})`,
          );
      });
    parser
      .command('verify')
      .description('asks two servers every path of the old application and prints where their answers differ')
      .requiredOption('--old <url>', 'the server that is replaced')
      .requiredOption('--new <url>', 'this server')
      .option('--key <key>', 'of scope personal at the new server: persons are compared too')
      .option('--old-key <key>', 'X-API-Key of the old server, where it wants one')
      .option('--show <n>', 'how many differences are printed', String(SHOWN))
      .action((words: VerifyWords) => runVerify(words, tools));
  },
};

async function runVerify(words: VerifyWords, tools: CommandTools): Promise<void> {
  const withPersons = words.key !== undefined;
  let told = 0;
  const { checks, items, differences } = await verify({
    old: { url: words.old, key: words.oldKey },
    now: { url: words.new, key: words.key },
    withPersons,
    onDifference: (path, text) => {
      if (told++ < Number(words.show)) tools.print(`${path}  ${text}`);
    },
    onNote: (path, text) => tools.print(`note: ${path}  ${text}`),
    onProgress: (text) => tools.progress(text),
  });
  if (!withPersons) tools.print('note: persons are not compared without --key');
  if (told > Number(words.show)) tools.print(`… and ${told - Number(words.show)} more`);
  tools.print(`${checks} questions, ${items} things compared, ${differences} differences`);
  if (differences > 0) process.exitCode = 1;
}
