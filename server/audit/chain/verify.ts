import { empty, sql } from '../../db/sql.ts';
import type { Database, Queryable } from '../../db/types.ts';
import { ChainCheck, GENESIS, same, sealOf, type Anchor, type Fault } from './chain.ts';
import { ROW, stampOf } from '../rows.ts';
import { CHAINS, type AuditRow } from '../types.ts';

const BATCH = 5_000;

export interface Expected {
  readonly chain: string;
  readonly seq: number;
  readonly hash: Buffer;
}

export interface VerifyOptions {
  /** That of `CHOROGRAPH_AUDIT_KEY`; without it seals are not looked at. */
  readonly key: string | undefined;
  /** Rows whose hash was noted elsewhere. */
  readonly expected?: readonly Expected[];
  readonly onProgress?: (rows: number) => void;
}

export interface Verified {
  readonly rows: number;
  readonly faults: readonly Fault[];
  readonly chains: readonly {
    readonly chain: string;
    readonly rows: number;
    /** The newest row: to be noted where nobody can change it. */
    readonly head: { readonly seq: number; readonly hash: string };
    /** The last row that was dropped by its age; 0 where none was. */
    readonly droppedTo: number;
    /** The newest row that was sealed; 0 where none was. */
    readonly sealedTo: number;
  }[];
}

/** Reckons every hash anew, in one snapshot of the database. Rows that are added meanwhile are not part of it. */
export async function verifyAudit(db: Database, options: VerifyOptions): Promise<Verified> {
  return db.transaction((tx) => verifyIn(tx, options), { snapshot: true });
}

export async function verifyIn(tx: Queryable, options: VerifyOptions): Promise<Verified> {
  const anchors = await readAnchors(tx);
  const cleaned = new Cleaned();
  const chains = [];
  const faults: Fault[] = [];
  let rows = 0;
  for (const chain of CHAINS) {
    const own = anchors.filter((anchor) => anchor.chain === chain);
    const dropped = newest(own, 'dropped');
    const check = checkOf(chain, own, dropped, options.expected ?? []);
    await readChain(tx, chain, (row) => {
      check.row(row);
      cleaned.see(row);
      if (++rows % BATCH === 0) options.onProgress?.(rows);
    });
    const head = await readHead(tx, chain);
    check.end(head);
    faults.push(...check.faults);
    chains.push({
      chain,
      rows: check.rows,
      head: { seq: head?.seq ?? 0, hash: (head?.hash ?? GENESIS).toString('hex') },
      droppedTo: dropped?.seq ?? 0,
      sealedTo: newest(own, 'sealed')?.seq ?? 0,
    });
  }
  faults.push(...anchors.flatMap((anchor) => anchorFault(anchor, anchors, cleaned, options.key) ?? []));
  return { rows, faults, chains };
}

/** `[action, note]` of rows that tell of dropped months: an anchor that nobody tells of is nobody's. */
class Cleaned {
  readonly #told = new Set<string>();
  #since: string | undefined;

  see({ chain, action, object, at }: AuditRow): void {
    if (chain === 'critical') this.#since ??= at;
    if (chain === 'critical' && action === 'audit.cleaned' && object !== null) this.#told.add(object);
  }

  tellsOf(anchor: Anchor): boolean {
    return this.#told.has(objectOf(anchor)) || (this.#since !== undefined && anchor.at < this.#since);
  }
}

/** What the event that tells of a drop is about. */
export const objectOf = ({ chain, seq, hash }: Pick<Anchor, 'chain' | 'seq' | 'hash'>): string =>
  `anchor:${chain}.${seq}.${hash.toString('hex')}`;

function checkOf(
  chain: string,
  anchors: readonly Anchor[],
  dropped: Anchor | undefined,
  expected: readonly Expected[],
): ChainCheck {
  const seq = dropped?.seq ?? 0;
  const known = new Map(
    [...anchors.filter(({ kind }) => kind === 'sealed'), ...expected.filter((row) => row.chain === chain)]
      .filter((row) => row.seq > seq)
      .map((row) => [row.seq, row.hash]),
  );
  return new ChainCheck({ chain, seq, hash: dropped?.hash ?? GENESIS }, known);
}

function anchorFault(
  anchor: Anchor,
  all: readonly Anchor[],
  cleaned: Cleaned,
  key: string | undefined,
): Fault | undefined {
  const { chain, seq, kind, seal } = anchor;
  const fault = (detail: string): Fault => ({ chain, seq, fault: 'anchor', detail });
  if (seal !== null && key !== undefined && !same(seal, sealOf(key, anchor))) {
    return fault('its seal was not made with this key');
  }
  if (
    kind === 'dropped' &&
    anchor ===
      newest(
        all.filter((other) => other.chain === chain),
        kind,
      )
  ) {
    if (!cleaned.tellsOf(anchor))
      return fault('rows before it are gone, and no row tells that they were dropped');
  }
  return undefined;
}

const newest = (anchors: readonly Anchor[], kind: Anchor['kind']): Anchor | undefined =>
  anchors
    .filter((anchor) => anchor.kind === kind)
    .reduce<Anchor | undefined>(
      (last, anchor) => (last === undefined || anchor.seq > last.seq ? anchor : last),
      undefined,
    );

export function readAnchors(db: Queryable): Promise<Anchor[]> {
  return db.run<Anchor>(sql`
    select chain, seq::float8 as seq, kind, hash, ${stampOf(sql`at`)} as at, seal from chorograph.audit_anchor order by chain, seq`);
}

export async function readHead(
  db: Queryable,
  chain: string,
): Promise<{ seq: number; hash: Buffer } | undefined> {
  const [head] = await db.run<{ seq: number; hash: Buffer }>(
    sql`select seq::float8 as seq, hash from chorograph.audit_chain where chain = ${chain}`,
  );
  return head;
}

/** Every row of a chain by its time. */
async function readChain(db: Queryable, chain: string, onRow: (row: AuditRow) => void): Promise<void> {
  let last: AuditRow | undefined;
  do {
    const from = last ? sql`and (e.at, e.seq) > (${last.at}::timestamptz, ${last.seq}::bigint)` : empty;
    const batch: AuditRow[] = await db.run<AuditRow>(sql`
      select ${ROW} from chorograph.audit_event e where e.chain = ${chain} ${from} order by e.at, e.seq limit ${BATCH}`);
    batch.forEach(onRow);
    last = batch.length === BATCH ? batch.at(-1) : undefined;
  } while (last);
}
