import { parseArgs } from 'node:util';
import pg from 'pg';
import { loadConfig } from '../server/config.ts';
import { migrate } from '../server/db/migrate.ts';
import { openDatabase } from '../server/db/open.ts';
import type { Database } from '../server/db/types.ts';
import { createLogger } from '../server/observe/log.ts';
import { Releasers } from '../server/releasers.ts';
import { createKey, listKeys, revokeKey, SCOPES, type Scope } from '../server/security/keys.ts';

const USAGE = `usage: npm run keys -- create NAME [--scope ${SCOPES.join('|')}]…
       npm run keys -- list
       npm run keys -- revoke ID
`;

/** `npm run keys`: makes, lists and revokes API keys in the configured database. */
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { scope: { type: 'string', multiple: true, default: ['refresh'] } },
});
const [command, argument] = positionals;
const releasers = new Releasers();
try {
  const scopes = values.scope.filter((scope): scope is Scope =>
    (SCOPES as readonly string[]).includes(scope),
  );
  const isValid =
    scopes.length === values.scope.length &&
    (command === 'list' || ((command === 'create' || command === 'revoke') && argument !== undefined));
  if (isValid) await run(await open(), scopes);
  else {
    process.stderr.write(USAGE);
    process.exitCode = 64;
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  await releasers.run();
}

async function open(): Promise<Database> {
  const { database, connection } = await openDatabase(
    loadConfig(),
    createLogger('error'),
    releasers,
    () => {},
  );
  const client = new pg.Client(connection);
  await client.connect();
  await migrate(client, { direction: 'up' });
  await client.end();
  return database;
}

async function run(db: Database, scopes: readonly Scope[]): Promise<void> {
  if (command === 'create') {
    const { id, key } = await createKey(db, { name: argument ?? '', scopes });
    process.stderr.write(`Key ${id} for ${scopes.join(', ')}; this is the only time it is shown:\n`);
    console.log(key);
  } else if (command === 'list') {
    for (const key of await listKeys(db)) {
      const state =
        key.revokedAt === null ? `last used ${key.lastUsedAt ?? 'never'}` : `revoked ${key.revokedAt}`;
      console.log(`${key.id}  ${key.name}  [${key.scopes.join(', ')}]  made ${key.createdAt}  ${state}`);
    }
  } else if (await revokeKey(db, argument ?? '')) {
    console.log(`${argument} is revoked`);
  } else {
    throw new Error(`there is no valid key ${argument}`);
  }
}
