import type pg from 'pg';

/**
 * Whether the transactions of a session may write. A session keeps what it was set to, and nearly all that is asked
 * only reads, so that a statement of its own is rarely needed: none in a session that reads time and again.
 */
export class SessionAccess {
  readonly #readOnly = new WeakSet<pg.ClientBase>();

  /** From the next transaction on. Where the role's own default is read-only, it stays so. */
  async allow(client: pg.ClientBase, readOnly: boolean): Promise<void> {
    if (this.#readOnly.has(client) === readOnly) return;
    await client.query(
      readOnly ? 'set default_transaction_read_only = on' : 'reset default_transaction_read_only',
    );
    if (readOnly) this.#readOnly.add(client);
    else this.#readOnly.delete(client);
  }
}
