import { z } from 'zod';
import { json } from '../../http/answers/respond.ts';
import { inTurns } from '../../tools/turns.ts';
import { breakingRegions } from '../request/scope.ts';
import { adviseOn, describeValues } from '../classes/placing.ts';
import { describeAnswer } from '../forms/document.ts';
import { languageParams } from '../draw/params.ts';
import { form, type Form } from '../forms/form.ts';
import { written } from '../forms/writing.ts';
import { csvOf } from './csv.ts';
import { htmlTable } from './html.ts';
import { COLUMNS, ORDERS, sortRows, tableRows } from './rows.ts';

export const TABLE_FORMS: readonly Form[] = [
  form({
    name: 'values.csv',
    filters: true,
    summary: 'One line per region as CSV (RFC 4180)',
    type: 'text/csv',
    make: async ({ answer }) => {
      const file = `${answer.request.choropleth.id}-${answer.request.metric.id}.csv`;
      const rows = await inTurns(tableRows(answer));
      const texts = csvOf(rows, answer.request.change !== undefined);
      return written(texts, 'text/csv; charset=utf-8; header=present', {
        'Content-Disposition': `attachment; filename="${file}"`,
      });
    },
  }),
  form({
    name: 'table.html',
    filters: true,
    summary: 'The regions as a page for people, sorted by links',
    type: 'text/html',
    params: z.object({
      ...languageParams,
      sort: z
        .enum(COLUMNS, { error: `one of ${COLUMNS.join(', ')}` })
        .default('name')
        .meta({
          description: 'Column that the rows are sorted by; what has no value comes last',
          example: 'value',
        }),
      order: z
        .enum(ORDERS, { error: `one of ${ORDERS.join(', ')}` })
        .default('asc')
        .meta({ description: 'Ascending or descending', example: 'desc' }),
    }),
    make: async ({ answer, query }) => {
      const rows = await inTurns(tableRows(answer));
      const ordered = await inTurns(sortRows(rows, query.sort, query.order));
      return written(htmlTable(answer, ordered, query), 'text/html; charset=utf-8');
    },
  }),
  form({
    name: 'stats.json',
    summary: 'Mean, median, spread, skewness, quantiles and histogram of the regions shown',
    type: 'application/json',
    make: async ({ answer, client }) => {
      const values = answer.values.map((entry) => entry.value);
      return json({ ...describeAnswer(answer), statistics: await describeValues(values, client) });
    },
  }),
  form({
    name: 'advise.json',
    summary: 'Three classifications to choose from, with a reason for each',
    type: 'application/json',
    params: z.object(languageParams),
    make: async ({ answer, other, query, client }) => {
      // The advice is for the regions that place the breaks.
      const { values: placing } = await other(breakingRegions(answer));
      const values = placing.map((entry) => entry.value);
      return json({
        ...describeAnswer(answer),
        advice: await adviseOn(values, answer.request.classes, query.locale, client),
      });
    },
  }),
];
