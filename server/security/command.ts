import { Option } from 'commander';
import type { Command, CommandTools } from '../command.ts';
import type { Database } from '../db/types.ts';
import { createKey, listKeys, revokeKey, SCOPES, type Scope } from './keys.ts';

/** `chorograph keys create | list | revoke`: API keys in the configured database. */
export const keysCommand: Command = {
  name: 'keys',
  summary: 'makes, lists and revokes API keys',
  declare: (parser, tools) => {
    const scope = new Option('--scope <scope...>', 'what it may do').choices(SCOPES).default(['refresh']);
    parser
      .command('create')
      .description('makes a key; its text is shown this once, on standard output')
      .argument('<name>', 'whom it is for')
      .addOption(scope)
      .option('--json', 'as JSON')
      .action(async (name: string, { scope: scopes, json }: { scope: Scope[]; json?: true }) => {
        const { id, key } = await createKey(await open(tools), { name, scopes });
        if (json) return tools.print(JSON.stringify({ id, name, scopes, key }));
        tools.progress(`Key ${id} for ${scopes.join(', ')}; this is the only time it is shown:`);
        tools.print(key);
      });
    parser
      .command('list')
      .description('every key that there was: whom it is for, what it may do, when it was used')
      .option('--json', 'as JSON')
      .action(async ({ json }: { json?: true }) => {
        const keys = await listKeys(await open(tools));
        if (json) return tools.print(JSON.stringify(keys));
        for (const key of keys) {
          const state =
            key.revokedAt === null ? `last used ${key.lastUsedAt ?? 'never'}` : `revoked ${key.revokedAt}`;
          tools.print(`${key.id}  ${key.name}  [${key.scopes.join(', ')}]  made ${key.createdAt}  ${state}`);
        }
      });
    parser
      .command('revoke')
      .description('makes a key worthless from now on')
      .argument('<id>', 'the twelve letters after cg_')
      .action(async (id: string) => {
        if (!(await revokeKey(await open(tools), id))) throw new Error(`there is no valid key ${id}`);
        tools.print(`${id} is revoked`);
      });
  },
};

async function open(tools: CommandTools): Promise<Database> {
  return (await tools.database({ migrated: true })).database;
}
