import { z } from 'zod';
import { didYouMean } from '../tools/nearest.ts';
import { relation } from '../maps-part.ts';
import { cronExpression } from './schedule/cron-expression.ts';
import { deltaSpec } from './delta/spec.ts';

/** When a view is refreshed, as `maps.yaml` says: a cron expression, or one with more about it. */

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `90s`, `15m`, `2h`, `1d` → milliseconds. */
const duration = z
  .string({ error: 'a duration such as 90s, 15m, 2h or 1d' })
  .regex(/^\d{1,6}[smhd]$/, 'a duration such as 90s, 15m, 2h or 1d')
  .transform((text) => Number(text.slice(0, -1)) * UNITS[text.slice(-1) as keyof typeof UNITS]);

const timezone = z.string({ error: 'a time zone' }).superRefine((text, issues) => {
  if (isTimezone(text)) return;
  const near = didYouMean(text, Intl.supportedValuesOf('timeZone'));
  issues.addIssue(`a time zone of the IANA list, such as Asia/Jakarta, and ${text} is none${near}`);
});

const object = z.strictObject({
  /** Without one the view follows the materialized views that it reads, and can be refreshed by hand. */
  cron: cronExpression.optional(),
  timezone: timezone.optional(),
  /** Waits up to this long, at random, so that not every view starts on the minute. */
  jitter: duration.optional(),
  /** Health is degraded when the view is older. */
  maxAge: duration.optional(),
});

export const refreshSpec = z.preprocess(
  (value) => (typeof value === 'string' ? { cron: value } : value),
  object,
);

export type RefreshSpec = z.output<typeof object>;

/** A cube is refreshed as any view is, or kept by deltas. */
export const cubeRefresh = z.preprocess(
  (value) => (typeof value === 'string' ? { cron: value } : value),
  object
    .extend({ delta: deltaSpec(relation).optional() })
    .refine(
      (spec) => spec.delta === undefined || Object.keys(spec).length === 1,
      'either delta or a schedule, not both',
    ),
);

/** What refreshing reads in `maps.yaml`: the cubes of choropleths, and schedules of other views. */
export interface RefreshMaps {
  readonly choropleths: Readonly<Record<string, RefreshedChoropleth>>;
  readonly refresh: Readonly<Record<string, RefreshSpec>>;
}

export interface RefreshedChoropleth {
  readonly cube: {
    readonly view: string;
    readonly region: string;
    readonly dimensions: readonly { readonly column: string }[];
    readonly refresh?: z.output<typeof cubeRefresh> | undefined;
  };
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly sum?: string | undefined;
        readonly ratio?: readonly [string, string] | undefined;
        readonly value?: string | undefined;
      }
    >
  >;
}

function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}
