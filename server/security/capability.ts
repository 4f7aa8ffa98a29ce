import type { Request } from 'express';
import { keysCommand } from './command.ts';
import type { Capability, Starting } from '../capability.ts';
import type { Database } from '../db/types.ts';
import { tells, type Handlers, type Observe } from '../observe/events.ts';
import type { Instruments } from '../observe/instruments.ts';
import { keepFirstKey } from './first-key.ts';
import { ApiKeys, createFirstKey, type KeyEvent } from './keys.ts';
import { isOperator } from './operator.ts';
import { tokenMaps, type TokenMaps } from './tokens/maps.ts';
import { Tokens } from './tokens/tokens.ts';
import { keySettings, type KeyConfig } from './settings.ts';

interface SecurityContext {
  readonly db: Database;
  readonly config: KeyConfig & { readonly dataDir: string };
  readonly maps: TokenMaps;
  readonly auditing: { addressOf(req: Request): string };
  readonly observe: Observe<KeyEvent>;
  readonly startup: { readonly unwritable?: string | undefined };
}

interface SecurityServices {
  readonly keys: ApiKeys;
  /** Whether a request comes from whoever runs this server. */
  readonly isOperator: (req: Request) => Promise<boolean>;
}

/** API keys: whoever refreshes or administers shows one. */
export const security = {
  name: 'security',
  settings: keySettings,
  maps: tokenMaps,
  events: tells<KeyEvent>({ 'key.refused': 'warn' }),
  migrations: ['0004_api_keys', '0040_key_life'],

  services: (ctx: SecurityContext): SecurityServices => {
    const { db, config, maps, observe } = ctx;
    const tokens = config.tokens && new Tokens(config.tokens, maps);
    // The log that hashes addresses is there when the first request comes.
    const addressOf = (req: Request): string => ctx.auditing.addressOf(req);
    const keys = new ApiKeys({ db, environmentKey: config.apiKey, observe, tokens, addressOf });
    return { keys, isOperator: (req) => isOperator({ keys }, req) };
  },

  metrics: (instruments: Instruments): Handlers<KeyEvent> => {
    const refused = instruments.counter('keys_refused_total', 'Requests with an API key that was not good');
    return { 'key.refused': () => refused.inc() };
  },

  /** The first key of a new installation is shown this once, or left where only we can read it. */
  prepare: async (
    { db, config, startup }: SecurityContext,
    { tell, isTerminal }: Starting,
  ): Promise<void> => {
    if (startup.unwritable !== undefined || config.apiKey !== undefined) return; // nothing to keep keys in
    const key = await createFirstKey(db);
    if (key === undefined) return;
    const file = isTerminal ? undefined : await keepFirstKey(config.dataDir, key).catch(() => undefined);
    if (file === undefined) tell(`API key for refreshes and administration, shown only now: ${key}`);
    else tell(`API key for refreshes and administration: in ${file}; read it, and delete it`);
  },
  commands: [keysCommand],
} satisfies Capability;
