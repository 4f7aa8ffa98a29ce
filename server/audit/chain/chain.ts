import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { AuditRow } from '../types.ts';

/** Before the first row of a chain. */
export const GENESIS = Buffer.alloc(32);

/** A row whose hash is known: the last that was dropped, or one that was sealed. */
export interface Anchor {
  readonly chain: string;
  readonly seq: number;
  readonly kind: 'dropped' | 'sealed';
  readonly hash: Buffer;
  /** In UTC, to the microsecond. */
  readonly at: string;
  readonly seal: Buffer | null;
}

export interface Fault {
  readonly chain: string;
  readonly seq: number;
  readonly fault: 'changed' | 'removed' | 'moved' | 'added' | 'anchor';
  readonly detail: string;
}

/**
 * The hash of a row: SHA-256 of that of the row before and of all members, as a JSON array of texts. The database makes it
 * in `chorograph.audit_append`; here it is made by other means, so that neither has to be believed. Pure.
 */
export function linkOf(previous: Buffer, row: AuditRow): Buffer {
  const members = [
    row.chain,
    String(row.seq),
    row.at,
    row.severity,
    row.action,
    row.actor,
    row.object,
    row.outcome,
    row.address,
    row.correlation,
    row.times,
    row.before,
    row.after,
    row.note,
  ];
  return createHash('sha256').update(previous).update(JSON.stringify(members)).digest();
}

/** What makes an anchor nobody's but ours. */
export function sealOf(key: string, { kind, chain, seq, hash }: Omit<Anchor, 'at' | 'seal'>): Buffer {
  return createHmac('sha256', key)
    .update(JSON.stringify(['chorograph audit', kind, chain, seq, hash.toString('hex')]))
    .digest();
}

/** Goes along one chain, row by row in the order of their times, and tells what is wrong with it. Pure. */
export class ChainCheck {
  readonly faults: Fault[] = [];
  readonly #chain: string;
  readonly #known: ReadonlyMap<number, Buffer>;
  #seq: number;
  /** Undefined behind a gap: what the next row was linked to is not there. */
  #hash: Buffer | undefined;
  rows = 0;

  /** @param known hashes that rows must have, by their numbers */
  constructor(start: { chain: string; seq: number; hash: Buffer }, known: ReadonlyMap<number, Buffer>) {
    this.#chain = start.chain;
    this.#seq = start.seq;
    this.#hash = start.hash;
    this.#known = known;
  }

  row(row: AuditRow): void {
    this.rows++;
    if (row.seq <= this.#seq) return this.#tell(row.seq, 'moved', `it stands behind row ${this.#seq}`);
    if (row.seq > this.#seq + 1) {
      this.#removed(row.seq - 1);
      this.#hash = undefined;
    }
    const expected = this.#hash && linkOf(this.#hash, row);
    const known = this.#known.get(row.seq);
    if (expected && !same(expected, row.hash)) {
      this.#tell(row.seq, 'changed', 'its hash is not that of what stands there, or of the row before');
    } else if (known && !same(known, row.hash)) {
      this.#tell(row.seq, 'changed', 'it, or a row before it, is not what was sealed');
    }
    this.#seq = row.seq;
    this.#hash = row.hash;
  }

  /** @param head what the chain says its newest row is */
  end(head: { seq: number; hash: Buffer } | undefined): void {
    const newest = Math.max(head?.seq ?? 0, ...this.#known.keys());
    if (!head) this.#tell(this.#seq, 'removed', 'the record of the newest row is not there');
    if (newest > this.#seq) this.#removed(newest);
    else if (head && head.seq < this.#seq) {
      this.#tell(this.#seq, 'added', `the newest row that was written as it should be is ${head.seq}`);
    } else if (head && this.#hash && !same(head.hash, this.#hash)) {
      this.#tell(this.#seq, 'changed', 'the newest row is not the one that was written last');
    }
  }

  #removed(last: number): void {
    const first = this.#seq + 1;
    this.#tell(
      first,
      'removed',
      first === last ? 'it is not there' : `rows ${first} to ${last} are not there`,
    );
  }

  #tell(seq: number, fault: Fault['fault'], detail: string): void {
    this.faults.push({ chain: this.#chain, seq, fault, detail });
  }
}

export const same = (a: Buffer, b: Buffer): boolean => a.length === b.length && timingSafeEqual(a, b);
