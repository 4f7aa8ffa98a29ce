import type { Running } from '../capability.ts';
import { sql } from '../db/sql.ts';
import type { Queryable } from '../db/types.ts';
import type { Alerts } from './alerts/alerts.ts';
import { sealHeads } from './chain/anchors.ts';
import type { AuditContext } from './context.ts';
import { CHAINS } from './types.ts';

const FLUSH_MS = 1_000;
/** Who read what is not everybody's is told together for so long. */
const GATHER_MS = 60_000;
const ALERT_MS = 10_000;
const HOUR_MS = 3_600_000;
/** After a start those who ask have the connections first, each of which takes PostgreSQL some 50 ms to open. */
const FIRST_MS = 3_000;

/** Writes what was noted, seals what was written, looks for what is worth an alert, until the server stops. */
export function upkeep(
  ctx: AuditContext & { readonly auditAlerts: Alerts },
  { log, releasers }: Running,
): void {
  const { auditing, auditAlerts } = ctx;
  const quietly = (what: string, work: () => Promise<unknown>) => () => {
    work().catch((error: unknown) => log.warn({ err: error }, `${what} failed`));
  };
  const hourly = quietly('looking after the audit log', async () => {
    await prepareMonths(ctx.db);
    await seal(ctx);
  });
  const timers = [
    setTimeout(hourly, FIRST_MS),
    setInterval(() => void auditing.flush(), FLUSH_MS),
    setInterval(() => auditing.gather(), GATHER_MS),
    setInterval(
      quietly('looking for alerts', () => auditAlerts.look()),
      ALERT_MS,
    ),
    setInterval(hourly, HOUR_MS),
  ];
  timers.forEach((timer) => timer.unref());
  releasers.push('audit log', async () => {
    timers.forEach((timer) => clearInterval(timer));
    auditing.gather();
    await auditing.flush();
    await auditAlerts.settled();
  });
}

/** This month's tables and the next's: nobody who writes at midnight of the first should have to make them. */
export async function prepareMonths(db: Queryable): Promise<void> {
  // One by one: whoever waits for a table has no other, which somebody who writes may wait for.
  for (const chain of CHAINS)
    for (const ahead of ['0 months', '1 month'])
      await db.run(sql`select chorograph.audit_month(${chain}, now() + ${ahead}::interval)`);
}

/** Where there is a key, the newest rows are sealed; what they are is told to the log, which is kept elsewhere. */
async function seal({ db, config, observe }: AuditContext): Promise<void> {
  if (config.audit.key === undefined) return;
  for (const { chain, seq, hash } of await sealHeads(db, config.audit.key)) {
    observe({ type: 'audit.sealed', chain, seq, hash: hash.toString('hex') });
  }
}
