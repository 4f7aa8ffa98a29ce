import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import { AppError } from '../../errors.ts';
import { text, wholeNumber } from '../../http/requests/params.ts';
import { route, type Route } from '../../http/routes.ts';
import type { AskContext } from '../context.ts';
import { LOG_COLUMNS, readLog, readStats, type LogRow } from './queries.ts';

const content = { 'application/json': { type: 'object' } };
const MOST_ROWS = 10_000;

const day = text(10)
  .regex(/^\d{4}-\d{2}-\d{2}$/, 'a day, as 2026-11-27')
  // February the 30th would become a day of March.
  .refine((value) => {
    const date = new Date(`${value}T00:00:00Z`);
    return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(value);
  }, 'a day that exists')
  .transform((value) => new Date(`${value}T00:00:00Z`));

const range = {
  from: day.optional().meta({ description: 'From this day on, in UTC', example: '2026-11-01' }),
  to: day.optional().meta({ description: 'Before this day, in UTC', example: '2026-12-01' }),
};

export function logRoutes(ctx: AskContext): Route[] {
  const access = ctx.keys.require('ask:log');
  return [
    route({
      method: 'get',
      path: '/gemini/log',
      tag: 'questions',
      summary: 'Questions and answers, newest first, without personal data; as CSV too',
      access,
      query: z.object({
        ...range,
        status: z
          .enum(['answered', 'refused', 'failed'], { error: 'answered, refused or failed' })
          .optional()
          .meta({ description: 'Only these', example: 'refused' }),
        topic: text(40)
          .optional()
          .meta({ description: 'Only questions of this topic', example: 'pesantren' }),
        before: z.uuid('the id of an entry').optional().meta({
          description: 'Only entries older than this one: `next` of a page',
          example: '0b6ec1f4-6c7d-4f55-9c39-4f3d6f0f3a10',
        }),
        limit: wholeNumber(1, MOST_ROWS)
          .default(100)
          .meta({ description: 'Entries per page', example: '50' }),
        format: z
          .enum(['json', 'csv'], { error: 'json or csv' })
          .default('json')
          .meta({ description: 'CSV is for spreadsheets', example: 'csv' }),
      }),
      responses: {
        200: { description: 'The entries', content: { ...content, 'text/csv': { type: 'string' } } },
      },
      handle: async ({ query: { format, limit, ...filter } }, res) => {
        requireLog(ctx);
        const found = await readLog(ctx.db, { ...filter, limit: limit + 1 });
        const rows = found.slice(0, limit);
        res.setHeader('Cache-Control', 'no-store');
        if (format === 'csv') {
          res.setHeader('Content-Disposition', 'attachment; filename="gemini-ask-log.csv"');
          res.type('text/csv; charset=utf-8').send(csv(rows));
          return;
        }
        res.json({ entries: rows, ...(found.length > limit ? { next: rows.at(-1)?.id } : {}) });
      },
    }),
    route({
      method: 'get',
      path: '/gemini/stats',
      tag: 'questions',
      summary: 'How many questions, of which topics, with which outcome, at what cost; by day',
      access,
      query: z.object(range),
      responses: { 200: { description: 'The figures', content } },
      handle: async ({ query }, res) => {
        requireLog(ctx);
        res.setHeader('Cache-Control', 'no-store');
        res.json({ ...(await readStats(ctx.db, query)), pricesRead: ctx.asking.models.read });
      },
    }),
  ];
}

/** Cells that a spreadsheet would take for formulas are marked as text. */
function csv(rows: readonly LogRow[]): string {
  const cells = rows.map((row) => ({
    ...row,
    created_at: row.created_at instanceof Date ? row.created_at.toISOString() : row.created_at,
    verdicts: JSON.stringify(row.verdicts),
    cached: String(row.cached),
  }));
  return stringify(cells, { header: true, columns: [...LOG_COLUMNS], escape_formulas: true, bom: true });
}

function requireLog({ generations }: AskContext): void {
  if (generations.tracking) return;
  throw new AppError('refresh_unavailable', {
    detail: 'without schema chorograph no questions are recorded',
  });
}
