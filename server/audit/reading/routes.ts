import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { text, wholeNumber } from '../../http/requests/params.ts';
import { route, type Route } from '../../http/routes.ts';
import type { AuditContext } from '../context.ts';
import { auditCsv } from './csv.ts';
import { cursorOf, placeOf } from './cursor.ts';
import { readAudit, readAuditStats } from './query.ts';
import { OUTCOMES, SEVERITIES } from '../types.ts';

const content = { 'application/json': { type: 'object' } };
const MOST_ROWS = 10_000;

/** A day or a time, in UTC where no zone is given. */
const time = text(35)
  .regex(
    /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,6})?)?(Z|[+-]\d{2}:\d{2})?)?$/,
    'a day or a time, as 2026-11-27 or 2026-11-27T08:30:00Z',
  )
  .transform((value, issues) => {
    const [day = '', clock] = value.split('T');
    const midnight = new Date(`${day}T00:00:00Z`);
    const date = new Date(clock === undefined || /(Z|[+-]\d\d:\d\d)$/.test(clock) ? value : `${value}Z`);
    // February the 30th would become a day of March.
    const exists = !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
    if (exists && !Number.isNaN(date.getTime())) return date;
    issues.addIssue('a time that exists');
    return z.NEVER;
  });

const severities = text(60)
  .transform((value) => [...new Set(value.split(','))])
  .refine(
    (all) => all.every((one) => (SEVERITIES as readonly string[]).includes(one)),
    `any of ${SEVERITIES.join(', ')}, with commas between them`,
  );

export const filters = {
  from: time.optional().meta({ description: 'From this time on', example: '2026-11-01' }),
  to: time.optional().meta({ description: 'Before this time', example: '2026-12-01' }),
  severity: severities.optional().meta({ description: 'Only these, with commas', example: 'error,critical' }),
  action: text(100)
    .optional()
    .meta({ description: 'Only this action, or all that begin with this word', example: 'key' }),
  actor: text(100).optional().meta({ description: 'Only what this one did', example: 'anonymous' }),
  object: text(200)
    .optional()
    .meta({ description: 'Only what was done to this', example: 'view:public.us_airports_cube' }),
  outcome: z
    .enum(OUTCOMES, { error: OUTCOMES.join(', ') })
    .optional()
    .meta({ description: 'Only what ended so', example: 'refused' }),
  correlation: text(100).optional().meta({
    description: 'Only what was done for this request',
    example: '5f0c2b1e-6c7d-4f55-9c39-4f3d6f0f3a10',
  }),
  q: text(200).optional().meta({ description: 'Words that all stand in the row', example: 'revoked' }),
};

export function auditRoutes(ctx: AuditContext): Route[] {
  const access = ctx.keys.require('audit');
  return [
    route({
      method: 'get',
      path: '/audit',
      tag: 'audit',
      summary: 'Who did what, newest first; as CSV too',
      access,
      query: z.object({
        ...filters,
        cursor: text(100).optional().meta({
          description: 'The next page: `next` of the one before',
          example: 'MjAyNi0xMS0yN1QwODozMDowMC4wMDAwMDBaIGNyaXRpY2FsIDE',
        }),
        limit: wholeNumber(1, MOST_ROWS).default(100).meta({ description: 'Rows per page', example: '50' }),
        format: z
          .enum(['json', 'csv'], { error: 'json or csv' })
          .default('json')
          .meta({ description: 'CSV is for spreadsheets', example: 'csv' }),
      }),
      responses: {
        200: { description: 'The rows', content: { ...content, 'text/csv': { type: 'string' } } },
      },
      handle: async ({ query: { format, limit, cursor, ...filter } }, res) => {
        const before = cursor === undefined ? undefined : placeOf(cursor);
        await requireLog(ctx);
        const found = await readAudit(ctx.db, filter, { before, limit: limit + 1 });
        const entries = found.slice(0, limit);
        const last = entries.at(-1);
        const next = found.length > limit && last ? { next: cursorOf(last) } : {};
        res.setHeader('Cache-Control', 'no-store');
        if (format === 'json') return void res.json({ entries, ...next });
        res.setHeader('Content-Disposition', 'attachment; filename="audit.csv"');
        if (next.next !== undefined) res.setHeader('X-Next-Cursor', next.next);
        res.type('text/csv; charset=utf-8').send(auditCsv(entries));
      },
    }),
    route({
      method: 'get',
      path: '/audit/stats',
      tag: 'audit',
      summary: 'How much was done: by severity, outcome, action and actor, and in time',
      access,
      query: z.object({
        ...filters,
        step: z
          .enum(['hour', 'day', 'week'], { error: 'hour, day or week' })
          .default('day')
          .meta({ description: 'Steps of `byTime`, newest first', example: 'hour' }),
        top: wholeNumber(1, 100).default(10).meta({ description: 'Actions and actors', example: '5' }),
      }),
      responses: { 200: { description: 'The figures', content } },
      handle: async ({ query: { step, top, ...filter } }, res) => {
        await requireLog(ctx);
        res.setHeader('Cache-Control', 'no-store');
        res.json(await readAuditStats(ctx.db, filter, { step, top }));
      },
    }),
  ];
}

/** What was noted a moment ago is to be seen. @throws AppError `audit_unavailable` */
async function requireLog({ auditing, generations, startup }: AuditContext): Promise<void> {
  if (!generations.tracking)
    throw new AppError('audit_unavailable', { detail: 'without schema chorograph nothing is recorded' });
  if (startup.unwritable === undefined) await auditing.flush();
}
