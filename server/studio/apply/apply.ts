import { setTimeout as sleep } from 'node:timers/promises';
import type { AuditEvent, Who } from '../../audit/public.ts';
import { ident, sql } from '../../db/sql.ts';
import { sqlState } from '../../db/sqlstate.ts';
import { AppError } from '../../errors.ts';
import { relationParts } from '../../joins/public.ts';
import { makeCube } from '../../propose/public.ts';
import type { StudioContext } from '../context.ts';
import type { DraftAsked } from '../draft/body.ts';
import { requireFree, type Draft, type Planned } from '../draft/draft.ts';
import { planChange, requireWritable } from './file.ts';

/** How long one waits for what was written to be served. */
const PATIENCE_MS = 15_000;
const LOOK_MS = 100;
/** Whoever applies something holds it to the end, in whichever process. */
const LOCK = 7_240_511;

export type ApplyContext = Pick<
  StudioContext,
  'db' | 'maps' | 'liveMaps' | 'mapsFile' | 'choropleths' | 'auditing'
>;

/**
 * Makes the cube and adds the lines to `maps.yaml`: both or none of them. Everything is checked before anything is
 * written, and undone where the server then cannot serve it.
 * @throws AppError `studio_read_only` (409), `studio_refused` (422) with why, `invalid_parameter` where the name is taken
 */
export async function applyDraft(
  ctx: ApplyContext,
  { asked, draft, planned, who }: { asked: DraftAsked; draft: Draft; planned: Planned; who: Who },
): Promise<{ served: boolean }> {
  const path = await requireWritable(ctx);
  requireFree(ctx, planned.id);
  const change = await planChange(path, planned.entries, ctx.liveMaps.read);
  try {
    await makeCube(ctx.db, planned.proposal, draft.joined, asked.set, async (tx) => {
      await tx.run(sql`select pg_advisory_xact_lock(${LOCK})`);
      await ctx.auditing.record(tx, applied(who, planned, asked));
      await tx.run(sql`select pg_notify('chorograph_catalog', '')`);
      // Last: a commit that fails after it is undone below.
      await change.write();
    });
  } catch (error) {
    await change.undo();
    throw meant(error, planned);
  }
  const problem = await untilServed(ctx, planned.id);
  if (problem === undefined || problem === '') return { served: problem === undefined };
  await change.undo();
  const [schema, view] = relationParts(planned.proposal.view);
  await ctx.db.transaction(async (tx) => {
    await tx.run(sql`drop materialized view ${ident(schema, view)}`);
    await ctx.auditing.record(tx, { ...applied(who, planned, asked), outcome: 'failed', note: problem });
  });
  throw new AppError('studio_refused', { detail: `${problem}; nothing was kept` });
}

const applied = (who: Who, { id, proposal }: Planned, { table, set }: DraftAsked): AuditEvent => ({
  ...who,
  ...{ severity: 'warning', action: 'choropleth.published', object: `choropleth:${id}`, outcome: 'done' },
  after: { table, regions: set, view: proposal.view },
});

/** Undefined where it is served; the reason why it cannot be; an empty one where nobody knows yet. */
async function untilServed({ choropleths }: ApplyContext, id: string): Promise<string | undefined> {
  let problem: string | undefined = '';
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; await sleep(LOOK_MS)) {
    const entry = choropleths.all().find((one) => one.id === id);
    if (!entry) continue;
    // The file is often read a moment before the cube is there.
    problem = entry.problem;
    if (problem === undefined) return undefined;
  }
  return problem;
}

/** 42P07: there is a relation of that name. */
function meant(error: unknown, { proposal }: Planned): unknown {
  const state = sqlState(error) ?? (error instanceof AppError ? sqlState(error.cause) : undefined);
  if (state !== '42P07') return error;
  const detail = `there is a ${proposal.view} already; drop it, or take another table`;
  return new AppError('studio_refused', { detail }, { cause: error });
}
