import { z } from 'zod';
import { id, mapsPart, name, relation } from '../maps-part.ts';

const source = z.strictObject({
  table: relation,
  geometry: name.optional(),
  title: name,
  code: name.optional(),
  /** Columns of other names, which are as good as the title. */
  names: z.array(name).max(8, 'at most 8 columns').default([]),
  /** Columns whose words are found, too, and count less than the title's. */
  text: z.array(name).max(8, 'at most 8 columns').default([]),
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
});
