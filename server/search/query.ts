import { foldWords } from '../places/fold.ts';
import { withoutKind } from '../places/kinds.ts';
import { foldName, type FoldedName } from './names.ts';

/** What was typed, as it is looked for. */
export interface Query extends FoldedName {
  readonly text: string;
  /** Codes are compared without case and blanks. */
  readonly code: string;
  /** Words without those that only say a kind. */
  readonly nameWords: readonly string[];
}

export function readQuery(text: string): Query {
  const name = foldName(text);
  return {
    ...name,
    text,
    code: codeKey(text),
    nameWords: withoutKind(name.words)?.rest ?? (name.rest === undefined ? name.words : foldWords(name.rest)),
  };
}

export const codeKey = (text: string): string => text.trim().toLowerCase();
