import { LANGUAGE } from '../language.ts';

const EN = { values: 'All values as a list', table: 'Table of the values', explorer: 'Open the map' };
const ID: typeof EN = {
  values: 'Semua nilai sebagai daftar',
  table: 'Tabel nilai',
  explorer: 'Buka petanya',
};

/** What a map in a frame says besides what the explorer does. */
export const EMBED_TEXTS = { en: EN, id: ID }[LANGUAGE];
