import type { Database } from '../../db/types.ts';
import type { AutoBuilder } from './builder.ts';
import { readRecords } from './record.ts';
import type { AutoConfig } from './settings.ts';

interface HealthContext {
  readonly config: AutoConfig;
  readonly db: Database;
  readonly auto: AutoBuilder;
}

interface AutoHealth {
  /** Layers are served without it, too. */
  status: 'ok';
  detail?: string;
  told?: Readonly<Record<string, unknown>>;
}

/** What was made by itself, what is being made, and why not more, for `/health`. */
export async function autoCheck({ config, db, auto }: HealthContext): Promise<AutoHealth> {
  if (config.auto.bytes === 0 || db.kind !== 'postgres') return { status: 'ok', detail: 'off' };
  const { progress, unable, problems } = auto;
  const made = await readRecords(db).catch(() => []);
  const bytes = made.reduce((sum, one) => sum + one.bytes, 0);
  return {
    status: 'ok',
    ...(unable === undefined ? {} : { detail: unable }),
    told: {
      bytes,
      budgetBytes: config.auto.bytes,
      made,
      ...(progress ? { building: progress } : {}),
      ...(problems.size > 0 ? { problems: Object.fromEntries(problems) } : {}),
    },
  };
}
