import type { Language } from '../policy/schema.ts';
import { fold, wordsOf } from '../rules/text.ts';
import { unborne, type Support } from './support.ts';

/** What is wrong with a sentence. `number` drops it; the others end the answer. */
export type Fault = 'number' | 'link' | 'markup' | 'leak' | 'topic' | 'length';

export interface CheckOptions {
  readonly language: Language;
  readonly support: Support;
  /** Stands in the instructions and nowhere else. */
  readonly canary: string;
  /** The instructions, which are not for telling. */
  readonly instructions: string;
  /** Texts with numbers that may be said. */
  readonly facts: readonly string[];
  readonly refusedTopic: (text: string) => string | undefined;
  readonly mostCharacters: number;
}

/** So many words of the instructions in a row are no accident. */
const SHINGLE = 6;
const LINK =
  /https?:|ftp:|mailto:|javascript:|www\.|\b[a-z0-9][a-z0-9-]*\.(?:com|org|net|info|io|co|id|gov|edu|app|dev|xyz|example|me|ly|site|online)\b|[\w.+-]+@[\w-]+\.\w|\]\s*\(/i;
const MARKUP = /<\s*\/?\s*[a-z!?][^>]*>?|&(?:lt|gt|#\d+|#x[0-9a-f]+);|```|\{\{|<\||\[INST\]|\bsystem\s*:/i;

/** Holds sentences of one answer, in order, to what an answer may say. */
export class AnswerCheck {
  readonly #options: CheckOptions;
  readonly #shingles: ReadonlySet<string>;
  readonly #facts: readonly RegExp[];
  #marker = 0;
  #characters = 0;
  /** The last words, for what is spread over sentences. */
  #tail: string[] = [];

  constructor(options: CheckOptions) {
    this.#options = options;
    this.#shingles = new Set(shinglesOf(plainWords(options.instructions)));
    this.#facts = options.facts.map(
      (fact) =>
        new RegExp(
          `(?<![\\p{L}\\p{N}])${escaped(fact).replace(/ +/g, '\\s+')}(?![\\p{L}\\p{N}]|[.,]\\d)`,
          'giu',
        ),
    );
  }

  /** What is wrong with the next sentence; undefined where nothing is. */
  fault(sentence: string): Fault | undefined {
    const { support, language, mostCharacters, refusedTopic } = this.#options;
    const text = sentence.normalize('NFKC');
    this.#characters += text.length;
    if (this.#characters > mostCharacters) return 'length';
    if (LINK.test(text)) return 'link';
    if (MARKUP.test(text)) return 'markup';
    if (this.#leaks(text)) return 'leak';
    if (refusedTopic(text) !== undefined) return 'topic';
    const counted = this.#withoutMarker(this.#facts.reduce((rest, fact) => rest.replace(fact, ' '), text));
    return unborne(counted, support, language).length > 0 ? 'number' : undefined;
  }

  #leaks(text: string): boolean {
    const { canary } = this.#options;
    const squashed = squash(this.#tail.join('') + text);
    const mark = squash(canary);
    if (squashed.includes(mark) || squashed.includes([...mark].reverse().join(''))) return true;
    const decoded = [...text.matchAll(/[A-Za-z0-9+/]{16,}={0,2}/g)].map(([piece]) =>
      squash(Buffer.from(piece, 'base64').toString('utf8')),
    );
    if (decoded.some((each) => each.includes(mark))) return true;
    const words = plainWords(text);
    const leaks = shinglesOf([...this.#tail, ...words]).some((shingle) => this.#shingles.has(shingle));
    this.#tail = [...this.#tail, ...words].slice(1 - SHINGLE);
    return leaks;
  }

  /** `1.` at the head of a line counts lines, where it goes on from the one before. */
  #withoutMarker(text: string): string {
    const [whole, number] = /^\s*(?:[-*•]\s*)?(\d{1,2})[.)]\s/.exec(text) ?? [];
    if (whole === undefined || (Number(number) !== 1 && Number(number) !== this.#marker + 1)) return text;
    this.#marker = Number(number);
    return text.slice(whole.length);
  }
}

const plainWords = (text: string): string[] => wordsOf(fold(text)).filter((word) => word !== '.');

function shinglesOf(words: readonly string[]): string[] {
  return words
    .slice(0, Math.max(0, words.length - SHINGLE + 1))
    .map((_, i) => words.slice(i, i + SHINGLE).join(' '));
}

const squash = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** An answer is plain text: signs of Markdown that nobody renders are taken out. */
export function withoutMarkdown(text: string): string {
  return text
    .replace(/^#{1,6}\s+/gm, '')
    .replace(/(\*\*|__)(?=\S)(.+?)(?<=\S)\1/g, '$2')
    .replace(/(?<![\w*])\*(?=\S)([^*\n]+?)(?<=\S)\*(?![\w*])/g, '$1')
    .replace(/`([^`\n]+)`/g, '$1');
}
