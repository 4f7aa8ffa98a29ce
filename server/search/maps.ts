import { z } from 'zod';
import { id, mapsPart, name, relation } from '../maps-part.ts';
import { TEXT_WEIGHT } from './documents/documents.ts';
import { LANGUAGES } from './words/stems.ts';

const weight = z
  .number('a number from 0.01 to 1')
  .min(0.01, 'a number from 0.01 to 1')
  .max(1, 'a number from 0.01 to 1');

const source = z.strictObject({
  table: relation,
  geometry: name.optional(),
  title: name,
  code: name.optional(),
  /** Columns of other names, which are as good as the title. */
  names: z.array(name).max(8, 'at most 8 columns').default([]),
  /** Columns whose words are found, too, and how much each counts beside the title's; 0.5 where they are only listed. */
  text: z
    .union([
      z.array(name).transform((columns) => Object.fromEntries(columns.map((one) => [one, TEXT_WEIGHT]))),
      z.record(name, weight),
    ])
    .refine((columns) => Object.keys(columns).length <= 8, 'at most 8 columns')
    .default({}),
  /** Of those columns: their words are found in other forms (`schools` for `school`), as PostgreSQL knows them. */
  language: z.enum(LANGUAGES, `one of ${LANGUAGES.join(', ')}`).optional(),
  /** Columns that say where it is, the nearest first: names of a district and a province. */
  context: z.array(name).max(4, 'at most 4 columns').default([]),
  /** A column of numbers: of two equally good hits, the one with more (people, area) is first. */
  rank: name.optional(),
});

export type SearchSourceConfig = z.output<typeof source>;

/** `search`: rows of tables that are found by their names. */
export interface SearchMaps {
  readonly search: Readonly<Record<string, SearchSourceConfig>>;
}

export const searchMaps = mapsPart<SearchMaps>({
  sections: () => ({ search: z.record(id, source).default({}) }),
  describes: {
    search: 'Rows of tables that are found by their names, by id',
    'search.*': 'A table of places',
    'search.*.table': 'Table or view: name, or schema.name',
    'search.*.geometry': 'Column of the geometry, where there are several',
    'search.*.title': 'Column of the name',
    'search.*.code': 'Column of a code that is found, too',
    'search.*.names': 'Columns of other names, as good as the title',
    'search.*.text': 'Columns whose words are found, too: a list, or each with its weight beside the title’s',
    'search.*.language': 'Language of those columns: other forms of their words are found',
    'search.*.context': 'Columns that say where it is, the nearest first',
    'search.*.rank': 'Column of numbers: of equally good hits, the one with more is first',
  },
});
