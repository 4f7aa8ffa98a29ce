import { LANGUAGE, type Language } from '../language.ts';

const EN = {
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

const ID: typeof EN = {
  label: 'Cari tempat atau peta',
  hint: 'Cari tempat atau peta',
  list: 'Yang ditemukan',
  recent: 'Ditemukan sebelumnya',
  kinds: { region: 'Wilayah', choropleth: 'Peta koroplet', layer: 'Lapisan', feature: 'Tempat' },
  count: (count) => `${count} saran`,
  nothing: 'Tidak ada yang ditemukan',
  failed: 'Pencarian tidak menjawab',
  tooMany: 'Terlalu banyak pencarian; coba lagi sebentar',
};

export const FIND_TEXTS: Readonly<Record<Language, typeof EN>> = { en: EN, id: ID };

/** What the search box says. */
export const FIND = FIND_TEXTS[LANGUAGE];
