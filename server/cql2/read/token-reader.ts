import { filterFault } from '../fault.ts';
import { tokensOf, type Token } from './tokens.ts';

/** Walks over the tokens of a filter. Words are taken whatever their case. */
export class TokenReader {
  readonly #tokens: readonly Token[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = tokensOf(text);
  }

  peek(ahead = 0): Token {
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] as Token;
  }

  next(): Token {
    const token = this.peek();
    this.#next++;
    return token;
  }

  takeWord(word: string): boolean {
    return this.#take('word', (value) => value.toLowerCase() === word);
  }

  takeSign(sign: string): boolean {
    return this.#take('sign', (value) => value === sign);
  }

  needWord(word: string, expected: string): void {
    if (!this.takeWord(word)) throw this.#fault(expected);
  }

  needSign(sign: string, expected: string = sign): void {
    if (!this.takeSign(sign)) throw this.#fault(expected);
  }

  needText(expected: string): string {
    if (this.peek().is !== 'text') throw this.#fault(expected);
    return this.next().value;
  }

  /** A number with its sign. */
  needNumber(): number {
    const negative = this.takeSign('-');
    if (!negative) this.takeSign('+');
    if (this.peek().is !== 'number') throw this.#fault('a number');
    const value = Number(this.next().value);
    return negative ? -value : value;
  }

  #take(is: Token['is'], fits: (value: string) => boolean): boolean {
    const token = this.peek();
    if (token.is !== is || !fits(token.value)) return false;
    this.#next++;
    return true;
  }

  #fault(expected: string): Error {
    const { at, value } = this.peek();
    return filterFault(at, expected, value);
  }
}
