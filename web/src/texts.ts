import { LANGUAGE, type Language } from './language.ts';
import { EN, type Texts } from './texts/en.ts';
import { ID } from './texts/id.ts';

export const TEXTS_BY_LANGUAGE: Readonly<Record<Language, Texts>> = { en: EN, id: ID };

/** Everything that the explorer says, in the language of the page. */
export const TEXTS: Texts = TEXTS_BY_LANGUAGE[LANGUAGE];
