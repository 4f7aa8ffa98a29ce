export const KINDS = ['region', 'layer', 'choropleth', 'feature'] as const;
export type Kind = (typeof KINDS)[number];

export type Box = readonly [west: number, south: number, east: number, north: number];

/** One thing that can be found. */
export interface SearchDocument {
  /** What it was read from: `regions:us-counties`, `layer:us-airports`, `maps`. */
  readonly source: string;
  /** Its key within the source: the code of a region, the key of a row, the id of a layer. */
  readonly key: string;
  readonly kind: Kind;
  readonly title: string;
  /** Found first where it is the very text asked for. */
  readonly code: string | undefined;
  /** Other names that are as good as the title. */
  readonly aliases: readonly string[];
  /** Names of what it lies in, the nearest first, and the ids of those documents. */
  readonly parents: readonly string[];
  readonly parentIds: readonly string[];
  /** Descriptions and comments, whose words count less than names; of a table a text for each column of that kind. */
  readonly texts: readonly string[];
  readonly centre: readonly [longitude: number, latitude: number] | undefined;
  /** In degrees; west exceeds east where it crosses the antimeridian. */
  readonly box: Box | undefined;
  /** From 0 to 1: which of two equally good hits is first. */
  readonly rank: number;
  /** The layer whose tiles show it, or the choropleth that it is. */
  readonly shownBy: string;
}

export const documentId = ({ source, key }: Pick<SearchDocument, 'source' | 'key'>): string =>
  `${source}:${key}`;
