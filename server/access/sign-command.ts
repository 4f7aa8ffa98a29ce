import { InvalidArgumentError } from 'commander';
import type { Command } from '../command.ts';
import { sql } from '../db/sql.ts';
import { PATTERN } from '../sight/access.ts';
import { LONGEST_S } from './routes.ts';
import { keptSecret } from './secret.ts';
import type { AccessConfig } from './settings.ts';
import { sign, signedQuery } from './signature.ts';

const HOUR_S = 3600;

/** `chorograph sign PATTERN … --key ID`: parameters of URLs that open layers for a while. */
export const signCommand: Command<AccessConfig> = {
  name: 'sign',
  summary: 'signs URLs for maps: parameters that open layers without a key in the page',
  declare: (parser, tools) => {
    parser
      .argument('<pattern...>', 'layers, or choropleth/ID, with * for any characters', readPattern)
      .requiredOption('--key <id>', 'the key whose layers these are; the twelve letters after cg_')
      .option('--hours <hours>', 'how long it is good for', readHours, 1)
      .option('--json', 'as JSON')
      .action(
        async (patterns: string[], { key, hours, json }: { key: string; hours: number; json?: true }) => {
          const { database } = await tools.database({ migrated: true });
          const [known] = await database.run(sql`
          select 1 as one from chorograph.api_key
          where id = ${key} and revoked_at is null and (expires_at is null or expires_at > now())`);
          if (!known) throw new Error(`there is no valid key ${key}`);
          const exp = Math.floor(Date.now() / 1000) + Math.round(hours * HOUR_S);
          const secret = tools.config().signingSecret ?? (await keptSecret(database));
          const sig = sign(secret, { key, patterns, exp });
          if (json) return tools.print(JSON.stringify({ sig, exp, patterns }));
          tools.progress(
            `Opens ${patterns.join(', ')} until ${new Date(exp * 1000).toISOString()}; add it to URLs:`,
          );
          tools.print(signedQuery(sig, exp));
        },
      );
  },
};

function readPattern(text: string, before: unknown): string[] {
  if (!PATTERN.test(text))
    throw new InvalidArgumentError('It must be made of letters, digits and . _ - / : *');
  return [...(Array.isArray(before) ? (before as string[]) : []), text];
}

function readHours(text: string): number {
  const hours = Number(text);
  if (/^\d+(\.\d+)?$/.test(text) && hours > 0 && hours * HOUR_S <= LONGEST_S) return hours;
  throw new InvalidArgumentError(`It must be a number of hours up to ${LONGEST_S / HOUR_S}.`);
}
