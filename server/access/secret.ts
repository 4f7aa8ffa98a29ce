import { randomBytes } from 'node:crypto';
import { sql } from '../db/sql.ts';
import { sqlState } from '../db/sqlstate.ts';
import type { Queryable } from '../db/types.ts';
import { AppError } from '../errors.ts';

const BYTES = 32;
const AGAIN_MS = 10_000;
const NO_TABLE = ['42P01', '3F000'];

/** What all instances over a database sign URLs with: made when the first is signed. */
export async function keptSecret(db: Queryable): Promise<Buffer> {
  const known = await findSecret(db);
  if (known) return known;
  await db.run(
    sql`insert into chorograph.signing_secret (secret) values (${randomBytes(BYTES)}) on conflict do nothing`,
  );
  return (await findSecret(db))!;
}

/** Undefined where nothing was signed yet, or there is no table to keep it in. */
async function findSecret(db: Queryable): Promise<Buffer | undefined> {
  try {
    return (await db.run<{ secret: Buffer }>(sql`select secret from chorograph.signing_secret`))[0]?.secret;
  } catch (error) {
    const cause = error instanceof AppError ? error.cause : error;
    if (NO_TABLE.includes(sqlState(cause) ?? '')) return undefined;
    throw error;
  }
}

/** The secret of a server: the configured one, else that of the database. */
export class SigningSecret {
  readonly #given: string | undefined;
  readonly #db: Queryable;
  #kept: { readonly at: number; readonly secret: Promise<Buffer | undefined> } | undefined;

  constructor(given: string | undefined, db: Queryable) {
    this.#given = given;
    this.#db = db;
  }

  /** To sign with. */
  async get(): Promise<Buffer | string> {
    if (this.#given !== undefined) return this.#given;
    this.#kept = undefined;
    return keptSecret(this.#db);
  }

  /** To check with, as known a few seconds ago; undefined where nothing can have been signed. */
  known(): Promise<Buffer | string | undefined> {
    if (this.#given !== undefined) return Promise.resolve(this.#given);
    const now = performance.now();
    if (this.#kept && now - this.#kept.at < AGAIN_MS) return this.#kept.secret;
    const secret = findSecret(this.#db);
    this.#kept = { at: now, secret };
    secret.catch(() => (this.#kept = undefined));
    return secret;
  }
}
