/** What the search box says. */
export const FIND = {
  label: 'Find a place or a map',
  hint: 'Find a place or a map',
  list: 'What was found',
  recent: 'Found before',
  kinds: { region: 'Regions', choropleth: 'Choropleths', layer: 'Layers', feature: 'Places' },
  count: (count: number): string => (count === 1 ? '1 suggestion' : `${count} suggestions`),
  nothing: 'Nothing found',
  failed: 'The search does not answer',
  tooMany: 'Too many searches; try again in a minute',
};
