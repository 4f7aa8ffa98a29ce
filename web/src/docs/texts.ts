import { LANGUAGE, type Language } from '../language.ts';

const EN = {
  skip: 'Skip to the page',
  search: 'Search the documentation',
  nothing: 'Nothing has all of these words.',
  found: (count: number): string => (count === 1 ? '1 passage' : `${count} passages`),
  copy: 'Copy',
  copied: 'Copied',
  notCopied: 'Not allowed',
  words: {
    pages: 'All pages',
    contents: 'On this page',
    source: 'This page as Markdown',
    maps: 'Maps and questions',
    files: 'Files and standards',
    data: 'Data',
    running: 'Running it',
    clients: 'In other programs',
    more: 'More',
  },
};
export type DocsTexts = typeof EN;

const ID: DocsTexts = {
  skip: 'Langsung ke halaman',
  search: 'Cari di dokumentasi',
  nothing: 'Tidak ada yang memuat semua kata ini.',
  found: (count) => `${count} bagian`,
  copy: 'Salin',
  copied: 'Tersalin',
  notCopied: 'Tidak diizinkan',
  words: {
    pages: 'Semua halaman',
    contents: 'Di halaman ini',
    source: 'Halaman ini sebagai Markdown',
    maps: 'Peta dan pertanyaan',
    files: 'Berkas dan standar',
    data: 'Data',
    running: 'Menjalankannya',
    clients: 'Di program lain',
    more: 'Lainnya',
  },
};

const BY_LANGUAGE: Readonly<Record<Language, DocsTexts>> = { en: EN, id: ID };

/** What stands around a page of the documentation, in the language of the reader. */
export const DOCS_TEXTS: DocsTexts = BY_LANGUAGE[LANGUAGE];
