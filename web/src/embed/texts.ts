/** What a map in a frame says besides what the explorer does. */
export const EMBED_TEXTS = {
  values: 'All values as a list',
  table: 'Table of the values',
  explorer: 'Open the map',
} as const;
