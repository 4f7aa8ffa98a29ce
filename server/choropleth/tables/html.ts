import type { Answer } from '../answer.ts';
import { filterTexts } from '../forms/captions.ts';
import { joined } from '../forms/writing.ts';
import { escapeXml } from '../draw/page/svg.ts';
import { formatNumber, type Locale } from '../labels/index.ts';
import { headingOf, legendOf, valueText, type Legend } from '../legend/model.ts';
import { WORDS } from '../legend/words.ts';
import type { ColumnName, Order, TableRow } from './rows.ts';

export interface HtmlTableOptions {
  readonly locale: Locale;
  readonly sort: ColumnName;
  readonly order: Order;
}

/** What the page shows, in this order; numerator and denominator are for machines. */
const SHOWN = ['name', 'code', 'parent', 'value', 'class', 'rank', 'status'] as const;
const NUMERIC: readonly ColumnName[] = ['value', 'rank'];

/** A page with the regions as a table: no script, sorted by following the links of its header. A slice at a time. */
export function* htmlTable(
  answer: Answer,
  rows: readonly TableRow[],
  options: HtmlTableOptions,
): Generator<string> {
  const { locale } = options;
  const legend = legendOf(answer, { locale });
  const columns = SHOWN.filter((column) => column !== 'parent' || rows.some(({ parent }) => parent !== null));
  const title = escapeXml(`${legend.title}: ${legend.heading}`);
  const note = legend.source ? `<p>${escapeXml(legend.source)}</p>` : '';
  yield `<!doctype html>
<html lang="${locale}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${STYLE}${legend.classes.map(({ id, color }) => `.c${id}{background:${color}}`).join('')}</style>
</head>
<body>
<main>
<table>
<caption>${title} <small>${escapeXml(filtersOf(answer))}</small></caption>
<thead><tr>${columns.map((column) => header(answer, column, options)).join('')}</tr></thead>
<tbody>
`;
  yield* joined(rows, (row) => line(answer, legend, columns, row), '\n');
  yield `
</tbody>
</table>
${note}
</main>
</body>
</html>
`;
}

function filtersOf({ request }: Answer): string {
  return filterTexts(request).join(' · ');
}

function header(answer: Answer, column: ColumnName, { locale, sort, order }: HtmlTableOptions): string {
  const isSorted = column === sort;
  const next: Order = isSorted && order === 'asc' ? 'desc' : 'asc';
  const query = new URLSearchParams({ ...answer.parameters, locale, sort: column, order: next });
  const state = isSorted ? ` aria-sort="${order === 'asc' ? 'ascending' : 'descending'}"` : '';
  const arrow = isSorted ? `<span aria-hidden="true"> ${order === 'asc' ? '▲' : '▼'}</span>` : '';
  return `<th scope="col"${numericClass(column)}${state}><a href="?${escapeXml(query.toString())}">${escapeXml(headingText(answer, column, locale))}</a>${arrow}</th>`;
}

function headingText(answer: Answer, column: ColumnName, locale: Locale): string {
  const words = WORDS[locale];
  if (column === 'value') return headingOf(answer);
  if (column === 'status') return words.statusHeading;
  return column === 'numerator' || column === 'denominator' ? column : words[column];
}

function line(answer: Answer, legend: Legend, columns: readonly ColumnName[], row: TableRow): string {
  const cells = columns.map((column) => {
    if (column === 'name') return `<th scope="row">${escapeXml(row.name)}</th>`;
    return `<td${numericClass(column)}>${cell(answer, legend, column, row)}</td>`;
  });
  return `<tr>${cells.join('')}</tr>`;
}

function cell(answer: Answer, legend: Legend, column: ColumnName, row: TableRow): string {
  const { locale, digits, classes } = legend;
  switch (column) {
    case 'value':
      return row.value === null
        ? '–'
        : escapeXml(valueText(row.value, locale, answer.request.metric.digits, digits));
    case 'rank':
      return row.rank === null ? '–' : formatNumber(row.rank, { locale });
    case 'status':
      return escapeXml(WORDS[locale].status[row.status]);
    case 'class': {
      const entry = classes.find(({ id }) => id === row.class);
      return entry ? `<span class="swatch c${entry.id}"></span>${escapeXml(entry.label)}` : '–';
    }
    default:
      return escapeXml(String(row[column] ?? ''));
  }
}

function numericClass(column: ColumnName): string {
  return NUMERIC.includes(column) ? ' class="number"' : '';
}

/** Follows the reader's light or dark setting. */
const STYLE = [
  ':root{color-scheme:light dark}',
  'body{margin:0;font:16px/1.45 system-ui,sans-serif}',
  'main{max-width:60rem;margin:0 auto;padding:1rem;overflow-x:auto}',
  'table{border-collapse:collapse;width:100%}',
  'caption{text-align:start;font-size:1.25rem;font-weight:600;padding:.5rem 0}',
  'caption small{font-weight:400}',
  'th,td{text-align:start;padding:.3rem .6rem;border-bottom:1px solid #8886;vertical-align:top}',
  'thead th{position:sticky;top:0;background:Canvas}',
  'tbody th{font-weight:400}',
  '.number{text-align:end;font-variant-numeric:tabular-nums}',
  '.swatch{display:inline-block;width:1.2em;height:.8em;margin-inline-end:.5em;border:1px solid #8888}',
].join('');
