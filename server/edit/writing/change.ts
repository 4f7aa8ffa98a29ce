import type { Request } from 'express';
import { relationName } from '../../catalog/types.ts';
import type { AuditEvent, Who } from '../../audit/public.ts';
import { sql } from '../../db/sql.ts';
import type { Queryable } from '../../db/types.ts';
import { AppError } from '../../errors.ts';
import type { EditContext } from '../context.ts';
import type { Editable } from '../editable.ts';
import { refusal } from './refusal.ts';

/** A row that somebody else changes is waited for so long. */
const LOCK_WAIT = '5s';

/** What was done, as it is told. */
export interface Done<Result> {
  readonly result: Result;
  /** Where it is empty nothing happened that anybody is told of. */
  readonly told: readonly Told[];
}

export interface Told {
  /** As the audit log names it: `created` */
  readonly operation: string;
  /** How many features are others now. */
  readonly features: number;
  /** For the audit log: ids of features, and what of them. */
  readonly after?: object | undefined;
  readonly note?: string | undefined;
}

/**
 * Runs work in one transaction together with the new generation of the layer and its entry in the audit log: all of it is
 * done, or nothing. When it is done this server knows of it, so that whoever asks next is answered from it.
 * @throws AppError what the database refuses as a 409 or 422 that says nothing internal
 */
export async function change<Result>(
  ctx: EditContext,
  req: Request,
  editable: Editable,
  work: (tx: Queryable, who: Who) => Promise<Done<Result>>,
): Promise<Result> {
  const { unwritable } = ctx.startup;
  if (unwritable !== undefined) throw new AppError('editing_unavailable', { detail: unwritable });
  const relation = relationName(editable.table);
  const who = await ctx.auditing.who(req);
  const began = performance.now();
  let done: Done<Result>;
  try {
    done = await ctx.db.transaction(async (tx) => {
      await tx.run(sql`select set_config('lock_timeout', ${LOCK_WAIT}, true)`);
      const did = await work(tx, who);
      if (did.told.length === 0) return did;
      // What the triggers of a tracked table do; of another one it is said that others tell nothing.
      await tx.run(
        sql`insert into chorograph.touch (relation, tracked) values (${relation}, 0) on conflict do nothing`,
      );
      await ctx.auditing.record(tx, ...did.told.map((one) => eventOf(one, editable, who)));
      return did;
    });
  } catch (error) {
    const facts = await factsOf(ctx, editable);
    // The table may be another than when they were read.
    if (error instanceof AppError && error.cause !== undefined) ctx.editing.forget(editable);
    throw refusal(error, editable, facts);
  }
  if (done.told.length === 0) return done.result;
  // It is done, whatever comes of this.
  await ctx.generations.catchUp([relation]).catch(() => {});
  const ms = Math.round(performance.now() - began);
  for (const { operation, features } of done.told)
    ctx.observe({ type: 'edit.done', layer: editable.layer.id, operation, features, ms });
  return done.result;
}

/** What is known of the table; nothing where the database is away. */
const factsOf = (ctx: EditContext, editable: Editable) =>
  ctx.editing.facts(editable).catch(() => ({ columns: new Map(), constraints: new Map() }));

function eventOf({ operation, features, after, note }: Told, { layer }: Editable, who: Who): AuditEvent {
  return {
    ...who,
    severity: 'info',
    action: `feature.${operation}`,
    object: `layer:${layer.id}`,
    outcome: 'done',
    times: features,
    after,
    note,
  };
}
