import { z } from 'zod';
import { id, mapsPart, name, relation } from '../maps-part.ts';

const source = z.strictObject({
  table: relation,
  geometry: name.optional(),
  title: name,
  code: name.optional(),
  /** Columns whose words are found, too, and count less than the title's. */
  text: z.array(name).max(8, 'at most 8 columns').default([]),
  /** Columns that say where it is, the nearest first: names of a district and a province. */
  context: z.array(name).max(4, 'at most 4 columns').default([]),
});

export type SearchSourceConfig = z.output<typeof source>;

/** `search`: rows of tables that are found by their names. */
export interface SearchMaps {
  readonly search: Readonly<Record<string, SearchSourceConfig>>;
}

export const searchMaps = mapsPart<SearchMaps>({
  sections: () => ({ search: z.record(id, source).default({}) }),
});
