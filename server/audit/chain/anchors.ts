import { ident, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { sealOf, type Anchor } from './chain.ts';
import { record } from '../writing/record.ts';
import { CHAINS, type Chain } from '../types.ts';
import { objectOf, readHead, verifyIn, type Verified } from './verify.ts';

/**
 * Seals the newest row of each chain that has new ones: from then on neither it nor one before it can be changed by
 * somebody who has the database and not the key. Returns what was sealed.
 */
export async function sealHeads(db: Queryable, key: string): Promise<Omit<Anchor, 'at' | 'seal'>[]> {
  const sealed = [];
  for (const chain of CHAINS) {
    const head = await readHead(db, chain);
    if (!head || head.seq === 0) continue;
    const anchor = { chain, kind: 'sealed' as const, ...head };
    if (await keep(db, anchor, key)) sealed.push(anchor);
  }
  return sealed;
}

/** False where it was there. */
async function keep(
  db: Queryable,
  anchor: Omit<Anchor, 'at' | 'seal'>,
  key: string | undefined,
): Promise<boolean> {
  const { chain, seq, kind, hash } = anchor;
  const kept = await db.run(sql`
    insert into chorograph.audit_anchor (chain, seq, kind, hash, seal)
    values (${chain}, ${seq}, ${kind}, ${hash}, ${key === undefined ? null : sealOf(key, anchor)})
    on conflict do nothing returning chain`);
  return kept.length > 0;
}

/** A month of a chain, which is dropped as a whole. */
export interface Month {
  readonly chain: Chain;
  readonly table: string;
  /** `2026-11` */
  readonly month: string;
  readonly rows: number;
}

export interface Retention {
  readonly days: number;
  readonly criticalDays: number;
}

/** Months of which every row is older than it is to be kept, oldest first. */
export async function oldMonths(db: Queryable, { days, criticalDays }: Retention): Promise<Month[]> {
  const found = await db.run<Omit<Month, 'rows'>>(sql`
    select chain, relname as table, replace(right(relname, 7), '_', '-') as month
    from unnest(array['critical', 'ordinary']) chain
    join pg_inherits i on i.inhparent = to_regclass('chorograph.audit_event_' || chain)
    join pg_class c on c.oid = i.inhrelid
    where relname ~ '_\\d{4}_\\d\\d$'
      and (to_date(right(relname, 7), 'YYYY_MM') + interval '1 month') at time zone 'UTC'
        <= now() - make_interval(days => case chain when 'critical' then ${criticalDays}::int else ${days}::int end)
    order by chain, month`);
  const months: Month[] = [];
  for (const month of found) {
    const [counted] = await db.run<{ rows: number }>(
      sql`select count(*)::float8 as rows from ${ident('chorograph', month.table)}`,
    );
    months.push({ ...month, rows: counted?.rows ?? 0 });
  }
  return months;
}

/** Thrown where rows would be dropped of a log that is not whole: nobody could find out any more what is wrong. */
export class NotWhole extends Error {
  readonly verified: Verified;
  constructor(verified: Verified) {
    super('the audit log is not whole, and nothing was removed: see chorograph audit verify');
    this.verified = verified;
  }
}

/**
 * Drops old months, in one transaction with the anchors that take their place and the rows that tell of it.
 * @throws NotWhole
 */
export async function cleanUp(
  db: Database,
  retention: Retention,
  { actor, key, onProgress }: { actor: string; key: string | undefined; onProgress?: (rows: number) => void },
): Promise<Month[]> {
  return db.dedicated(
    async (tx) => {
      await tx.run(sql`select from chorograph.audit_chain order by chain for update`);
      const months = await oldMonths(tx, retention);
      if (months.length === 0) return [];
      const verified = await verifyIn(tx, { key, ...(onProgress && { onProgress }) });
      if (verified.faults.length > 0) throw new NotWhole(verified);
      for (const chain of CHAINS) {
        await dropMonths(
          tx,
          months.filter((month) => month.chain === chain),
          { actor, key },
        );
      }
      return months;
    },
    { name: 'chorograph audit cleanup', timeoutMs: 3_600_000 },
  );
}

async function dropMonths(
  tx: Queryable,
  months: readonly Month[],
  { actor, key }: { actor: string; key: string | undefined },
): Promise<void> {
  let last: { seq: number; hash: Buffer } | undefined;
  for (const { table } of months) {
    const [newest] = await tx.run<{ seq: number; hash: Buffer }>(sql`
      select seq::float8 as seq, hash from ${ident('chorograph', table)} order by at desc, seq desc limit 1`);
    last = newest ?? last;
    await tx.run(sql`drop table ${ident('chorograph', table)}`);
  }
  const [first] = months;
  if (!first || !last) return;
  const anchor = { chain: first.chain, kind: 'dropped' as const, ...last };
  await tx.run(
    sql`delete from chorograph.audit_anchor where chain = ${anchor.chain} and seq <= ${anchor.seq}::bigint`,
  );
  await keep(tx, anchor, key);
  await record(tx, {
    severity: 'critical',
    action: 'audit.cleaned',
    actor,
    object: objectOf(anchor),
    outcome: 'done',
    after: {
      months: months.map(({ month }) => month),
      rows: months.reduce((sum, { rows }) => sum + rows, 0),
    },
  });
}
