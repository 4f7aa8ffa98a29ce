import { z } from 'zod';
import { cronExpression } from '../schedule/cron-expression.ts';

/**
 * `refresh: { delta: … }` of a cube in `maps.yaml`. `group` and `sums` are SQL expressions over one row of
 * the base table; whoever writes the file may write SQL, and `delta install` has PostgreSQL check it.
 */
const EVERY = 'a duration from 500ms to 10m, such as 5s';
const UNITS = { ms: 1, s: 1_000, m: 60_000 } as const;

const column = z.string().min(1, 'a column name');
const expression = z.string({ error: 'an SQL expression' }).trim().min(1, 'an SQL expression');

const every = z.string({ error: EVERY }).transform((text, issues) => {
  const [, digits, unit] = /^(\d{1,6})(ms|s|m)$/.exec(text) ?? [];
  const ms = digits && unit ? Number(digits) * UNITS[unit as keyof typeof UNITS] : NaN;
  if (ms >= 500 && ms <= 600_000) return ms;
  issues.addIssue(EVERY);
  return z.NEVER;
});

/** `relation` parses `schema.name` as the rest of the file does. */
export const deltaSpec = (relation: z.ZodType<string>) =>
  z.strictObject({
    /** The base table. */
    from: relation,
    /** Key columns of the cube. A base row with a NULL key is counted nowhere. */
    group: z
      .record(column, expression)
      .refine((keys) => Object.keys(keys).length > 0, 'at least one key column'),
    /** Summed columns of the cube; one of them is 1, the count of rows. */
    sums: z
      .record(column, z.union([z.int().transform(String), expression], { error: 'an SQL expression' }))
      .refine(
        (sums) => Object.values(sums).includes('1'),
        'at least one that is 1: the count of rows tells when a row of the cube has to go',
      ),
    /** Pause between two folds (ms). */
    every: every.prefault('5s'),
    /** When the cube is compared with the base table and made equal to it; every night at three. */
    recompute: cronExpression.default('0 3 * * *'),
  });

export type DeltaSpec = z.output<ReturnType<typeof deltaSpec>>;
