import { InvalidArgumentError, Option } from 'commander';
import type { Command, CommandTools } from '../command.ts';
import type { Database } from '../db/types.ts';
import { createKey, listKeys, revokeKey, rotateKey } from './keys.ts';
import { isScope, SCOPES, type Scope } from './scopes.ts';

/** `chorograph keys create | list | revoke`: API keys in the configured database. */
export const keysCommand: Command = {
  name: 'keys',
  summary: 'makes, lists and revokes API keys',
  declare: (parser, tools) => {
    const scope = new Option(
      '--scope <scope...>',
      `what it may do: ${SCOPES.join(', ')}, read:PATTERN, scope:NAME`,
    )
      .argParser((text: string, before: unknown) => [
        ...(Array.isArray(before) && !isDefault(before) ? before : []),
        readScope(text),
      ])
      .default(DEFAULT_SCOPES);
    const days = (flags: string, text: string): Option => new Option(flags, text).argParser(readDays);
    parser
      .command('create')
      .description('makes a key; its text is shown this once, on standard output')
      .argument('<name>', 'whom it is for')
      .addOption(scope)
      .addOption(days('--expires <days>', 'when it ends by itself'))
      .option('--rate-class <name>', 'which limits apply; the usual ones where absent')
      .option('--json', 'as JSON')
      .action(async (name: string, options: CreateOptions) => {
        const { scope: scopes, expires, rateClass, json } = options;
        const { id, key } = await createKey(await open(tools), {
          name,
          scopes,
          rateClass,
          expiresAt: inDays(expires),
        });
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
          const ends = key.expiresAt === null ? '' : `, ends ${key.expiresAt}`;
          const state =
            key.revokedAt === null
              ? `last used ${key.lastUsedAt ?? 'never'}${ends}`
              : `revoked ${key.revokedAt}`;
          tools.print(`${key.id}  ${key.name}  [${key.scopes.join(', ')}]  made ${key.createdAt}  ${state}`);
        }
      });
    parser
      .command('rotate')
      .description('makes a key like another, which then ends after a while')
      .argument('<id>', 'the twelve letters after cg_')
      .addOption(days('--overlap <days>', 'how long the old one stays good').default(7))
      .addOption(days('--expires <days>', 'when the new one ends by itself'))
      .option('--json', 'as JSON')
      .action(async (id: string, { overlap, expires, json }: RotateOptions) => {
        const made = await rotateKey(await open(tools), id, {
          overlapS: overlap * DAY_S,
          expiresAt: inDays(expires),
        });
        if (!made) throw new Error(`there is no valid key ${id}`);
        if (json) return tools.print(JSON.stringify(made));
        tools.progress(
          `Key ${made.id} in the place of ${id}, which ends in ${overlap} days; shown only now:`,
        );
        tools.print(made.key);
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

interface CreateOptions {
  scope: Scope[];
  expires?: number;
  rateClass?: string;
  json?: true;
}

interface RotateOptions {
  overlap: number;
  expires?: number;
  json?: true;
}

const DAY_S = 86_400;
const DEFAULT_SCOPES: readonly Scope[] = ['refresh'];
const isDefault = (scopes: readonly unknown[]): boolean => scopes === DEFAULT_SCOPES;

function readScope(text: string): Scope {
  if (isScope(text)) return text;
  throw new InvalidArgumentError(`Allowed choices are ${SCOPES.join(', ')}, read:PATTERN or scope:NAME.`);
}

function readDays(text: string): number {
  const days = Number(text);
  if (/^\d{1,4}(\.\d+)?$/.test(text) && days <= 3650) return days;
  throw new InvalidArgumentError('It must be a number of days up to 3650.');
}

const inDays = (days: number | undefined): Date | undefined =>
  days === undefined ? undefined : new Date(Date.now() + days * DAY_S * 1000);

async function open(tools: CommandTools): Promise<Database> {
  return (await tools.database({ migrated: true })).database;
}
