import { Budget, filterFault } from '../fault.ts';
import { readWkt, WKT_WORDS } from './wkt.ts';
import { ARRAY, COMPARISONS, isOneOf, type Node } from '../tree/syntax.ts';
import { TokenReader } from './token-reader.ts';

const RESERVED = ['and', 'or', 'not', 'like', 'between', 'in', 'is', 'null', 'div'];

/** Reads CQL2 text (OGC 21-065r2, Annex B). @throws AppError `filter_invalid`, with the place */
export function parseText(text: string): Node {
  const parser = new TextParser(text);
  return parser.whole();
}

/** By recursive descent: one method for each level of precedence, loosest first. */
class TextParser {
  readonly #tokens: TokenReader;
  readonly #budget = new Budget();

  constructor(text: string) {
    this.#tokens = new TokenReader(text);
  }

  whole(): Node {
    if (this.#tokens.peek().is === 'end') throw filterFault(0, "a condition, such as name = 'value'");
    const node = this.#or();
    const rest = this.#tokens.peek();
    if (rest.is !== 'end') throw filterFault(rest.at, 'AND, OR or the end', rest.value);
    return node;
  }

  #or(): Node {
    return this.#series('or', () => this.#and());
  }

  #and(): Node {
    return this.#series('and', () => this.#not());
  }

  #series(word: 'and' | 'or', next: () => Node): Node {
    const first = this.#budget.within(this.#at(), next);
    const args = [first];
    while (this.#tokens.takeWord(word)) args.push(this.#budget.within(this.#at(), next));
    return args.length === 1 ? first : this.#call(word, args, first.at);
  }

  #not(): Node {
    const { at } = this.#tokens.peek();
    if (!this.#tokens.takeWord('not')) return this.#predicate();
    return this.#call('not', [this.#budget.within(at, () => this.#not())], at);
  }

  #predicate(): Node {
    const left = this.#sum();
    const { at, value } = this.#tokens.peek();
    if (isOneOf(COMPARISONS, value) && this.#tokens.takeSign(value))
      return this.#call(value, [left, this.#sum()], at);
    if (this.#tokens.takeWord('is')) {
      const negated = this.#tokens.takeWord('not');
      this.#tokens.needWord('null', 'NULL after IS');
      return this.#negate(negated, this.#call('isnull', [left], at));
    }
    const negated = this.#tokens.takeWord('not');
    if (this.#tokens.takeWord('like'))
      return this.#negate(negated, this.#call('like', [left, this.#sum()], at));
    if (this.#tokens.takeWord('between')) {
      const low = this.#sum();
      this.#tokens.needWord('and', 'AND between the bounds of BETWEEN');
      return this.#negate(negated, this.#call('between', [left, low, this.#sum()], at));
    }
    if (this.#tokens.takeWord('in')) return this.#negate(negated, this.#call('in', [left, this.#list()], at));
    if (negated) throw filterFault(this.#at(), 'LIKE, BETWEEN or IN after NOT', this.#tokens.peek().value);
    return left;
  }

  #negate(negated: boolean, node: Node): Node {
    return negated ? this.#call('not', [node], node.at) : node;
  }

  #sum(): Node {
    return this.#chain(['+', '-'], () => this.#product());
  }

  #product(): Node {
    return this.#chain(['*', '/', '%', 'div'], () => this.#power());
  }

  /** Left to right: `a - b - c` is `(a - b) - c`. */
  #chain(signs: readonly string[], next: () => Node): Node {
    let left = next();
    for (;;) {
      const { at } = this.#tokens.peek();
      const sign = signs.find((one) =>
        one === 'div' ? this.#tokens.takeWord(one) : this.#tokens.takeSign(one),
      );
      if (sign === undefined) return left;
      left = this.#call(sign, [left, next()], at);
    }
  }

  #power(): Node {
    const base = this.#factor();
    const { at } = this.#tokens.peek();
    if (!this.#tokens.takeSign('^')) return base;
    const node = this.#call('^', [base, this.#factor()], at);
    if (this.#tokens.peek().value === '^')
      throw filterFault(this.#at(), 'brackets around one of two powers', '^');
    return node;
  }

  #factor(): Node {
    const { at } = this.#tokens.peek();
    if (!this.#tokens.takeSign('-')) return this.#primary();
    const operand = this.#budget.within(at, () => this.#factor());
    if (operand.is === 'number' && !operand.text.startsWith('-'))
      return { ...operand, text: `-${operand.text}`, at };
    return this.#call('*', [{ is: 'number', text: '-1', at }, operand], at);
  }

  #primary(): Node {
    const token = this.#tokens.peek();
    this.#budget.term(token.at);
    if (token.is === 'sign' && token.value === '(') return this.#group();
    this.#tokens.next();
    const { at, value } = token;
    switch (token.is) {
      case 'number':
        return { is: 'number', text: value, at };
      case 'text':
        return { is: 'text', value, at };
      case 'name':
        return { is: 'property', name: value, at };
      case 'word':
        return this.#word(value, at);
      default:
        throw filterFault(at, 'a name, a value or a bracket', value);
    }
  }

  /** One expression in brackets, or several: then it is an array. */
  #group(): Node {
    const at = this.#at();
    this.#tokens.needSign('(');
    const first = this.#budget.within(at, () => this.#or());
    if (this.#tokens.takeSign(')')) return first;
    const items = [first];
    while (this.#tokens.takeSign(',')) items.push(this.#budget.within(at, () => this.#or()));
    this.#tokens.needSign(')');
    return { is: 'list', items, at };
  }

  #list(): Node {
    const at = this.#at();
    this.#tokens.needSign('(', 'a list in brackets');
    if (this.#tokens.takeSign(')')) return { is: 'list', items: [], at };
    const items = [this.#budget.within(at, () => this.#or())];
    while (this.#tokens.takeSign(',')) items.push(this.#budget.within(at, () => this.#or()));
    this.#tokens.needSign(')');
    return { is: 'list', items, at };
  }

  #word(word: string, at: number): Node {
    const lower = word.toLowerCase();
    if (WKT_WORDS.has(lower) && this.#opensShape())
      return { is: 'shape', shape: readWkt(this.#tokens, lower, at, this.#budget), at };
    if (this.#tokens.peek().value === '(' && this.#tokens.peek().is === 'sign' && !RESERVED.includes(lower))
      return this.#function(lower, word, at);
    if (lower === 'true' || lower === 'false') return { is: 'boolean', value: lower === 'true', at };
    if (RESERVED.includes(lower))
      throw filterFault(at, `a name or a value (a column of this name is written "${word}")`, word);
    return { is: 'property', name: word, at };
  }

  #opensShape(): boolean {
    const { value } = this.#tokens.peek();
    return value === '(' || (/^z$/i.test(value) && this.#tokens.peek(1).value === '(');
  }

  #function(name: string, written: string, at: number): Node {
    if (name === 'date' || name === 'timestamp') return this.#instant(name, at);
    if (name === 'interval') return this.#interval(at);
    if (name === 'bbox') return this.#box(at);
    this.#tokens.needSign('(');
    const args: Node[] = [];
    if (!this.#tokens.takeSign(')')) {
      do args.push(this.#argument(name, at));
      while (this.#tokens.takeSign(','));
      this.#tokens.needSign(')');
    }
    return { is: 'call', name: /^[sta]_|^casei$|^accenti$/.test(name) ? name : written, args, at };
  }

  /** What begins with a bracket is an array for a function of arrays, even with one element. */
  #argument(name: string, at: number): Node {
    const isArray = isOneOf(ARRAY, name) && this.#tokens.peek().value === '(';
    return isArray ? this.#list() : this.#budget.within(at, () => this.#or());
  }

  #instant(type: 'date' | 'timestamp', at: number): Node {
    this.#tokens.needSign('(');
    const value = this.#tokens.needText(`a ${type} in quotes`);
    this.#tokens.needSign(')');
    return { is: 'instant', type, value, at };
  }

  #interval(at: number): Node {
    this.#tokens.needSign('(');
    const from = this.#primary();
    this.#tokens.needSign(',');
    const to = this.#primary();
    this.#tokens.needSign(')');
    return { is: 'interval', from, to, at };
  }

  #box(at: number): Node {
    this.#tokens.needSign('(');
    const numbers = [this.#tokens.needNumber()];
    while (this.#tokens.takeSign(',')) numbers.push(this.#tokens.needNumber());
    this.#tokens.needSign(')');
    return { is: 'box', numbers, at };
  }

  #call(name: string, args: readonly Node[], at: Node['at']): Node {
    this.#budget.term(at);
    return { is: 'call', name, args, at };
  }

  #at(): number {
    return this.#tokens.peek().at;
  }
}
