import { z } from 'zod';
import { json, Representation } from '../../http/answers/respond.ts';
import { breakingRegions } from '../request/scope.ts';
import { advise } from '../classify/advise.ts';
import { describeAnswer } from '../forms/document.ts';
import { languageParams } from '../draw/params.ts';
import { form, type Form } from '../forms/form.ts';
import { statistics } from '../classes/stats.ts';
import { csvOf } from './csv.ts';
import { htmlTable } from './html.ts';
import { COLUMNS, ORDERS, tableRows } from './rows.ts';

export const TABLE_FORMS: readonly Form[] = [
  form({
    name: 'values.csv',
    summary: 'One line per region as CSV (RFC 4180)',
    type: 'text/csv',
    make: ({ answer }) => {
      const file = `${answer.request.choropleth.id}-${answer.request.metric.id}.csv`;
      return new Representation(
        Buffer.from(csvOf(tableRows(answer), answer.request.change !== undefined)),
        'text/csv; charset=utf-8; header=present',
        {
          headers: { 'Content-Disposition': `attachment; filename="${file}"` },
        },
      );
    },
  }),
  form({
    name: 'table.html',
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
    make: ({ answer, query }) =>
      new Representation(Buffer.from(htmlTable(answer, query)), 'text/html; charset=utf-8'),
  }),
  form({
    name: 'stats.json',
    summary: 'Mean, median, spread, skewness, quantiles and histogram of the regions shown',
    type: 'application/json',
    make: ({ answer }) => {
      const values = answer.values.map((entry) => entry.value);
      return json({ ...describeAnswer(answer), statistics: statistics(values) });
    },
  }),
  form({
    name: 'advise.json',
    summary: 'Three classifications to choose from, with a reason for each',
    type: 'application/json',
    params: z.object(languageParams),
    make: async ({ answer, other, query }) => {
      // The advice is for the regions that place the breaks.
      const { values: placing } = await other(breakingRegions(answer));
      const values = placing.map((entry) => entry.value);
      return json({
        ...describeAnswer(answer),
        advice: advise(values, answer.request.classes, query.locale),
      });
    },
  }),
];
