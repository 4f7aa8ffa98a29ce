import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import type { Request, Response } from 'express';
import type { RowRole, Viewer } from '../sight/sight.ts';
import { sql } from '../db/sql.ts';
import type { Database, Queryable } from '../db/types.ts';
import { AppError } from '../errors.ts';
import type { Observe } from '../observe/events.ts';
import type { Scope } from './scopes.ts';
import { Tokens } from './tokens/tokens.ts';

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
  /** When it ends by itself. */
  readonly expiresAt: string | null;
  /** Which limits apply; the usual ones where null. */
  readonly rateClass: string | null;
}

/** Whoever a request's key belongs to, or its token. */
export interface Identity {
  /** Id of the key; `environment` for that of `CHOROGRAPH_API_KEY`. */
  readonly id: string;
  readonly scopes: readonly Scope[];
  /** Which limits apply; the usual ones where null. */
  readonly rateClass?: string | null;
  /** As which role rows are read. */
  readonly role?: RowRole | undefined;
  /** Of a JSON Web Token: it is known by what it shows, and by nothing that is kept here. */
  readonly isToken?: true;
}

export interface KeyEvent {
  type: 'key.refused';
  reason: string;
  /** Id of the key, where one was shown that looks like ours: whose it is, or said to be. */
  key?: string | undefined;
  /** Whether it is that key, and lacks a scope. */
  isKnown?: boolean;
  /** Keyed hash of the address. */
  address?: string | undefined;
}

/** Id of the key of `CHOROGRAPH_API_KEY`. */
const ENVIRONMENT = 'environment';
const ID_BYTES = 6;
const SECRET_BYTES = 32;
/** The id finds the row; the secret is compared with its hash. */
const FORMAT = /^cg_([0-9a-f]{12})_([\w-]{43})$/;

const columns = sql`id, name, scopes, created_at as "createdAt", last_used_at as "lastUsedAt",
  revoked_at as "revokedAt", expires_at as "expiresAt", rate_class as "rateClass"`;
/** Of those that are good now. */
const isGood = sql`revoked_at is null and (expires_at is null or expires_at > now())`;

/** Whoever reads with a key is looked up so often at most: a key that was revoked reads for so long. */
const READS_MS = 2_000;
const READERS = 2_000;
export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresAt?: Date | undefined;
  readonly rateClass?: string | null | undefined;
  /** Id of the key that it takes the place of. */
  readonly replaces?: string | undefined;
}

/** Makes a key. Its text is returned this once; the database keeps a hash of it. */
export async function createKey(
  db: Queryable,
  { name, scopes, expiresAt, rateClass, replaces }: NewKey,
): Promise<{ id: string; key: string }> {
  const id = randomBytes(ID_BYTES).toString('hex');
  const key = `cg_${id}_${randomBytes(SECRET_BYTES).toString('base64url')}`;
  await db.run(sql`
    insert into chorograph.api_key (id, name, hash, scopes, expires_at, rate_class, replaces)
    values (${id}, ${name}, ${sha256(key)}, ${[...scopes]}::text[], ${expiresAt ?? null}::timestamptz,
      ${rateClass ?? null}, ${replaces ?? null})`);
  return { id, key };
}

export async function listKeys(db: Queryable): Promise<ApiKey[]> {
  return db.run<ApiKey>(sql`select ${columns} from chorograph.api_key order by created_at, id`);
}

/** False where there is no such key, or it was revoked before. */
export async function revokeKey(db: Queryable, id: string): Promise<boolean> {
  const revoked = await db.run(sql`
    update chorograph.api_key set revoked_at = now() where id = ${id} and revoked_at is null returning id`);
  return revoked.length > 0;
}

/**
 * A key like another, which then ends after a while: whoever has that one takes the new one meanwhile.
 * Undefined where there is no such key that is good.
 */
export async function rotateKey(
  db: Database,
  id: string,
  { overlapS, expiresAt }: { overlapS: number; expiresAt?: Date | undefined },
): Promise<{ id: string; key: string; scopes: readonly Scope[] } | undefined> {
  return db.transaction(async (tx) => {
    const [old] = await tx.run<ApiKey>(sql`
      update chorograph.api_key
      set expires_at = least(expires_at, now() + make_interval(secs => ${overlapS}::float8))
      where id = ${id} and ${isGood} returning ${columns}`);
    if (!old) return undefined;
    const { name, scopes, rateClass } = old;
    return { ...(await createKey(tx, { name, scopes, rateClass, replaces: id, expiresAt })), scopes };
  });
}

/** The first key of a new installation; undefined where there has been one, whatever became of it. */
export async function createFirstKey(db: Database): Promise<string | undefined> {
  return db.transaction(async (tx) => {
    // Instances that start together make one key, not one each.
    await tx.run(sql`lock table chorograph.api_key in exclusive mode`);
    const [any] = await tx.run(sql`select 1 as one from chorograph.api_key limit 1`);
    if (any) return undefined;
    return (await createKey(tx, { name: 'first key', scopes: ['admin'] })).key;
  });
}

export interface KeysContext {
  readonly db: Queryable & Partial<Pick<Database, 'surroundings'>>;
  readonly environmentKey: string | undefined;
  readonly observe: Observe<KeyEvent>;
  /** Whose tokens are taken as keys are. */
  readonly tokens: Tokens | undefined;
  /** Tells addresses apart without naming one. */
  readonly addressOf: (req: Request) => string;
}

/** Tells who asks. Keys come as `Authorization: Bearer …` or `X-API-Key: …`, never in a URL. */
export class ApiKeys {
  readonly #db: Queryable & Partial<Pick<Database, 'surroundings'>>;
  readonly #environmentHash: Buffer | undefined;
  readonly #observe: Observe<KeyEvent>;
  readonly #tokens: Tokens | undefined;
  readonly #addressOf: KeysContext['addressOf'];
  /** Why the token of a request is not good. */
  readonly #refusals = new WeakMap<Request, AppError>();
  /** By hash of what was shown, or by id: a map asks for many tiles at a time. */
  readonly #readers = new LRUCache<string, Promise<Identity | undefined>>({ max: READERS, ttl: READS_MS });

  constructor({ db, environmentKey, observe, tokens, addressOf }: KeysContext) {
    this.#db = db;
    this.#tokens = tokens;
    this.#addressOf = addressOf;
    this.#environmentHash = environmentKey === undefined ? undefined : sha256(environmentKey);
    this.#observe = observe;
  }

  /** Whose key or token the request carries; undefined where it has none, or one that is not valid (`refusalOf`). */
  async identify(req: Request): Promise<Identity | undefined> {
    const key = givenKey(req);
    if (key === undefined) return undefined;
    return this.#isToken(key) ? this.#bearer(req, key) : this.#whose(key);
  }

  /** Why nobody was found for the token of a request. */
  refusalOf(req: Request): AppError | undefined {
    return this.#refusals.get(req);
  }

  #isToken(key: string): boolean {
    return this.#tokens !== undefined && Tokens.isOne(key);
  }

  /** Who comes with a token that is not good is nobody, as one with such a key. */
  async #bearer(req: Request, token: string): Promise<Identity | undefined> {
    try {
      return await this.#read(readerName(token), () => this.#tokens!.whose(token));
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      this.#refusals.set(req, error);
      return undefined;
    }
  }

  async #whose(key: string): Promise<Identity | undefined> {
    const hash = sha256(key);
    if (this.#environmentHash && timingSafeEqual(hash, this.#environmentHash)) {
      return { id: ENVIRONMENT, scopes: ['admin'] };
    }
    const [, id] = FORMAT.exec(key) ?? [];
    if (id === undefined) return undefined;
    const [row] = await this.#db.run<{ hash: Buffer; scopes: Scope[]; rateClass: string | null }>(
      sql`select hash, scopes, rate_class as "rateClass" from chorograph.api_key where id = ${id} and ${isGood}`,
    );
    if (!row || !timingSafeEqual(hash, row.hash)) return undefined;
    await this.#used(id);
    return { id, scopes: row.scopes, rateClass: row.rateClass };
  }

  isGiven(req: Request): boolean {
    return givenKey(req) !== undefined;
  }

  /** Whoever reads with a key, as known a few seconds ago. */
  viewer(req: Request): Promise<Viewer | undefined> {
    const key = givenKey(req);
    if (key === undefined) return Promise.resolve(undefined);
    return this.#isToken(key) ? this.#bearer(req, key) : this.#read(readerName(key), () => this.#whose(key));
  }

  /** Whoever has the key of this id, where it is good, as known a few seconds ago. */
  holder(id: string): Promise<Viewer | undefined> {
    if (id === ENVIRONMENT) return Promise.resolve(this.#environmentHash && { id, scopes: ['admin'] });
    return this.#read(id, async () => {
      const [row] = await this.#db.run<{ scopes: Scope[] }>(
        sql`select scopes from chorograph.api_key where id = ${id} and ${isGood}`,
      );
      return row && { id, scopes: row.scopes };
    });
  }

  #read(as: string, look: () => Promise<Identity | undefined>): Promise<Identity | undefined> {
    const known = this.#readers.get(as);
    if (known) return known;
    const looking = look();
    this.#readers.set(as, looking);
    looking.catch(() => this.#readers.delete(as)); // whoever waits is told; the next one asks again
    return looking;
  }

  /** For `Route.access`: lets any valid key pass. @throws AppError `unauthorized` (401) */
  requireAny(): { scope: string; check: (req: Request, res: Response) => Promise<void> } {
    return { scope: 'any', check: async (req, res) => void (await this.#identified(req, res)) };
  }

  async #identified(req: Request, res: Response): Promise<Identity> {
    const identity = await this.identify(req);
    if (identity) return identity;
    const refusal = this.refusalOf(req);
    if (refusal) {
      this.#refused(req, `token: ${refusal.members.detail ?? refusal.code}`);
      throw refusal;
    }
    this.#refused(req, givenKey(req) === undefined ? 'none given' : 'not valid');
    res.setHeader('WWW-Authenticate', 'Bearer');
    throw new AppError('unauthorized', {
      detail: 'send a valid key as Authorization: Bearer … or X-API-Key: …',
    });
  }

  /**
   * For `Route.access`: lets a request pass whose key has the scope.
   * @throws AppError `unauthorized` (401) without a valid key, `forbidden` (403) where it may not do this.
   */
  require(scope: Scope): { scope: Scope; check: (req: Request, res: Response) => Promise<void> } {
    const check = async (req: Request, res: Response): Promise<void> => {
      const identity = await this.#identified(req, res);
      if (identity.scopes.includes('admin') || identity.scopes.includes(scope)) return;
      this.#refused(req, `lacks ${scope}`, identity.id);
      throw new AppError('forbidden', { detail: `this key lacks the scope ${scope}` });
    };
    return { scope, check };
  }

  #refused(req: Request, reason: string, known?: string): void {
    const key = known ?? FORMAT.exec(givenKey(req) ?? '')?.[1];
    const isKnown = known !== undefined;
    this.#observe({ type: 'key.refused', reason, key, isKnown, address: this.#addressOf(req) });
  }

  /** Noted to the minute: a key in constant use must not cost a write for every request. */
  async #used(id: string): Promise<void> {
    if (this.#db.surroundings?.readOnly) return;
    await this.#db.run(sql`
      update chorograph.api_key set last_used_at = now()
      where id = ${id} and (last_used_at is null or last_used_at < now() - interval '1 minute')`);
  }
}

function givenKey(req: Request): string | undefined {
  const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '')?.[1];
  const header = req.headers['x-api-key'];
  return bearer ?? (typeof header === 'string' && header !== '' ? header : undefined);
}

const readerName = (key: string): string => sha256(key).toString('base64');

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
