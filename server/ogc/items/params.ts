import { z } from 'zod';
import { filterParams } from '../../cql2/params.ts';
import { boolean, names, text, wholeNumber } from '../../http/requests/params.ts';
import { formatParam } from '../answers/answer.ts';

export const DEFAULT_LIMIT = 100;
export const MOST_ON_A_PAGE = 10_000;

const NUMBER = /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d{1,3})?\s*$/i;
const FOUR_OR_SIX = 'four numbers, or six with heights, separated by commas';

const box = text(300).transform((value, issues) => {
  const numbers = value.split(',').map((part) => (NUMBER.test(part) ? Number(part) : NaN));
  if ((numbers.length === 4 || numbers.length === 6) && numbers.every(Number.isFinite)) return numbers;
  issues.addIssue(FOUR_OR_SIX);
  return z.NEVER;
});

const EXAMPLE_CRS = 'http://www.opengis.net/def/crs/OGC/1.3/CRS84';
const crs = (what: string) => text(200).optional().meta({ description: what, example: EXAMPLE_CRS });

/** What one feature and a page of them are asked with. */
export const shapeParams = formatParam.extend({
  crs: crs('URI of the system that geometries are wanted in; CRS84 where absent'),
  properties: names().optional().meta({ description: 'Properties to carry, by name', example: 'name' }),
  skipGeometry: boolean.optional().meta({ description: 'Leaves the geometry out: null', example: 'true' }),
});

/** `name`, `+name`, `-name`; a plus that nobody escaped comes as a blank. */
const sortKey = names(10).transform((keys) =>
  keys.map((key) => ({ name: key.replace(/^[-+ ]/, ''), descending: key.startsWith('-') })),
);

export const itemsParams = shapeParams.extend({
  // What is beyond the most that a page has is cut to that, as the standard says.
  limit: wholeNumber(1, 1_000_000_000)
    .default(DEFAULT_LIMIT)
    .meta({ description: `Features per page, at most ${MOST_ON_A_PAGE}`, example: '10' }),
  bbox: box.optional().meta({
    description: 'A box: what is in it, and what has no geometry',
    example: '-125,24,-66,50',
  }),
  'bbox-crs': crs('URI of the system of bbox; CRS84 where absent'),
  datetime: text(100).optional().meta({
    description: 'An instant, a day or an interval: what is of it, and what is of no time',
    example: '2018-02-12T00:00:00Z/..',
  }),
  ...filterParams.shape,
  sortby: sortKey.optional().meta({
    description: 'Properties to order by, those with - in front from the highest',
    example: '-name',
  }),
  cursor: text(2000)
    .optional()
    .meta({ description: 'From the next link of the page before', aside: 'eyJrIjo0Mn0' }),
});
