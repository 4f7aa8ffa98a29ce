import { sql, type Sql } from '../../db/sql.ts';
import type { Database } from '../../db/types.ts';
import { recompute, type RecomputeReport } from './fold.ts';
import { inspect } from './inspect.ts';
import { installSql, removeSql } from './install-sql.ts';
import type { DeltaPlan } from './plan.ts';

/**
 * The statements that would install the plan as it is now; none where it is installed so already. An
 * installation of an older plan is removed by the first of them.
 * @throws DeltaProblem with everything in the database that stands against it.
 */
export async function planInstall(db: Database, plan: DeltaPlan): Promise<Sql[]> {
  const [row] = await db.run<{ fingerprint: string; whole: boolean }>(
    sql`select fingerprint, to_regclass(${`chorograph.${plan.object}`}) is not null as whole
      from chorograph.cube where cube = ${plan.id}`,
  );
  const findings = await inspect(db, plan);
  if (row?.whole && row.fingerprint === plan.fingerprint && findings.cubeExists) return [];
  return [...(row ? removeSql(plan) : []), ...installSql(plan, findings)];
}

/** Runs the statements of `planInstall()` and fills the cube. Writers wait while the triggers are made. */
export async function install(
  db: Database,
  plan: DeltaPlan,
  statements: readonly Sql[],
): Promise<RecomputeReport | undefined> {
  await runAll(db, statements);
  return recompute(db, plan);
}

/** Takes away the triggers and the queue; base table and cube stay as they are. */
export async function remove(db: Database, plan: DeltaPlan): Promise<void> {
  await runAll(db, removeSql(plan));
}

async function runAll(db: Database, statements: readonly Sql[]): Promise<void> {
  if (statements.length === 0) return;
  await db.transaction(async (tx) => {
    for (const statement of statements) await tx.run(statement);
  });
}
