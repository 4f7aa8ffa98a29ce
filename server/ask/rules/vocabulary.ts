import { fold, wordsOf } from './text.ts';

/** What a word or name says of the question that it stands in. */
export type Sense =
  /** Names an allowed topic. */
  | { kind: 'term'; topic: string }
  /** Goes with an allowed topic, and with others. */
  | { kind: 'word'; topic: string }
  /** Names a place of the map. */
  | { kind: 'place' }
  /** Asks for a figure. */
  | { kind: 'figure' }
  | { kind: 'neutral' };

export interface Entry {
  readonly text: string;
  readonly sense: Sense;
}

const LONGEST = 6;
/** Endings that Indonesian words take without another meaning. */
const ENDINGS = ['nya', 'kah', 'lah', 'pun', 'ku', 'mu'];
/** Shorter words are too near to too many others for a slip of the keyboard to be told from another word. */
const MIN_SLIP = 7;

export interface Understood {
  /** Senses in order; undefined where a word is not known. */
  readonly senses: readonly (Sense | undefined)[];
  readonly topics: ReadonlySet<string>;
  /** True where no word is strange. */
  readonly isWhole: boolean;
  /** True where a term of a topic stands in it, or a word that goes with one. */
  readonly touchesTopic: boolean;
  /** How many words are known. */
  readonly known: number;
}

/** Which words are known. The longest name wins: `resolusi jihad` is not `jihad`. */
export class Vocabulary {
  readonly #senses = new Map<string, Sense>();
  readonly #terms: string[];

  constructor(entries: Iterable<Entry>) {
    for (const { text, sense } of entries) {
      const key = keyOf(text);
      if (key === '') continue;
      const known = this.#senses.get(key);
      if (known === undefined || rank(sense) > rank(known)) this.#senses.set(key, sense);
    }
    this.#terms = [...this.#senses].flatMap(([key, sense]) =>
      sense.kind === 'term' && key.length >= MIN_SLIP && !key.includes(' ') ? [key] : [],
    );
  }

  understand(words: readonly string[]): Understood {
    const senses: (Sense | undefined)[] = [];
    for (let i = 0; i < words.length;) {
      if (words[i] === '.') {
        i++;
        continue;
      }
      const { sense, length } = this.#longest(words, i);
      senses.push(sense);
      i += length;
    }
    const terms = senses.filter((sense) => sense?.kind === 'term');
    return {
      senses,
      topics: new Set(terms.map((sense) => (sense as { topic: string }).topic)),
      isWhole: senses.every((sense) => sense !== undefined),
      touchesTopic: senses.some((sense) => sense?.kind === 'term' || sense?.kind === 'word'),
      known: senses.filter(Boolean).length,
    };
  }

  #longest(words: readonly string[], from: number): { sense: Sense | undefined; length: number } {
    for (let length = Math.min(LONGEST, words.length - from); length > 1; length--) {
      const sense = this.#senses.get(words.slice(from, from + length).join(' '));
      if (sense) return { sense, length };
    }
    return { sense: this.#one(words[from] ?? ''), length: 1 };
  }

  #one(word: string): Sense | undefined {
    const known = this.#senses.get(word);
    if (known) return known;
    for (const ending of ENDINGS) {
      if (!word.endsWith(ending) || word.length < ending.length + 3) continue;
      const stem = this.#senses.get(word.slice(0, -ending.length));
      if (stem) return stem;
    }
    if (word.length < MIN_SLIP - 1) return undefined;
    const meant = this.#terms.find((term) => isSlipOf(word, term));
    return meant === undefined ? undefined : this.#senses.get(meant);
  }
}

const RANKS = ['neutral', 'figure', 'place', 'word', 'term'];
const rank = (sense: Sense): number => RANKS.indexOf(sense.kind);

const keyOf = (text: string): string =>
  wordsOf(fold(text))
    .filter((word) => word !== '.')
    .join(' ');

/** One letter left out, doubled or two swapped; another letter in its place may be another word. */
export function isSlipOf(word: string, term: string): boolean {
  if (word === term) return true;
  const [longer, shorter] = word.length > term.length ? [word, term] : [term, word];
  let i = 0;
  while (i < shorter.length && longer[i] === shorter[i]) i++;
  if (longer.length === shorter.length + 1) return longer.slice(i + 1) === shorter.slice(i);
  if (longer.length !== shorter.length) return false;
  return (
    longer[i] === shorter[i + 1] &&
    longer[i + 1] === shorter[i] &&
    longer.slice(i + 2) === shorter.slice(i + 2)
  );
}
