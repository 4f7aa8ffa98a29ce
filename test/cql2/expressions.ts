const NUMBERS = ['a', 'b', 'c', 'd', 'e'];
const TEXTS = ['s', 't'];
const LITERALS = [
  '0',
  '1',
  '-3',
  '2.5',
  '0.1',
  '6',
  '9007199254740993',
  '1e200',
  '-1e-200',
  '9223372036854775808',
  '0.30000000000000004',
];
const WORDS = ["''", "'abc'", "'ABC'", "'a%c'", "'ñandú'", "'Z'", "'😀'", "'it''s'", "'6'"];
const PATTERNS = ["'%'", "'a%'", "'a_c'", "'a\\%c'", "'%c'", "'_'", "'%b%'", "'a\\\\c'", "'A%C'", "'ñ%'"];
const PLACES = [
  'POINT(3 3)',
  'BBOX(1, 1, 4, 4)',
  'LINESTRING(0 0, 9 9)',
  'POLYGON((0 0, 3 0, 3 2, 0 2, 0 0))',
];
const SPATIAL = [
  'S_INTERSECTS',
  'S_DISJOINT',
  'S_WITHIN',
  'S_CONTAINS',
  'S_TOUCHES',
  'S_CROSSES',
  'S_OVERLAPS',
  'S_EQUALS',
];
const TIMES = [
  "DATE('2024-01-05')",
  "TIMESTAMP('2024-01-05T12:00:00Z')",
  "INTERVAL('2024-01-03', '2024-01-06')",
  "INTERVAL('..', '2024-01-20')",
];
const TEMPORAL = [
  'T_AFTER',
  'T_BEFORE',
  'T_DURING',
  'T_INTERSECTS',
  'T_DISJOINT',
  'T_EQUALS',
  'T_STARTS',
  'T_FINISHES',
  'T_MEETS',
];
const COMPARISONS = ['=', '<>', '<', '<=', '>', '>='];

/** Makes up conditions over the columns of the table `samples`: the same ones from the same seed. */
export class Expressions {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  condition(depth = 3): string {
    if (depth > 0 && this.#below(100) < 55) {
      const [left, right] = [this.condition(depth - 1), this.condition(depth - 1)];
      return this.#pick([`(${left} AND ${right})`, `(${left} OR ${right})`, `NOT (${left})`]);
    }
    const make = this.#below(100);
    if (make < 35) return `${this.#number()} ${this.#pick(COMPARISONS)} ${this.#number()}`;
    if (make < 50)
      return `${this.#pick(TEXTS)} ${this.#pick(COMPARISONS)} ${this.#pick([...TEXTS, ...WORDS])}`;
    if (make < 60) return `${this.#pick(TEXTS)} ${this.#pick(['LIKE', 'NOT LIKE'])} ${this.#pick(PATTERNS)}`;
    if (make < 66)
      return `${this.#number()} ${this.#pick(['IN', 'NOT IN'])} (${this.#pick(LITERALS)}, ${this.#number()})`;
    if (make < 72) return `${this.#number()} BETWEEN ${this.#pick(LITERALS)} AND ${this.#number()}`;
    if (make < 78)
      return `${this.#pick([...NUMBERS, ...TEXTS, 'f', 'day', 'tags', 'geom', '(a > 0)'])} IS ${this.#pick(['', 'NOT '])}NULL`;
    if (make < 83) return this.#pick(['f', 'NOT f', 'f = FALSE', 'f <> TRUE', 'TRUE']);
    if (make < 88) return `${this.#pick(SPATIAL)}(geom, ${this.#pick(PLACES)})`;
    if (make < 93) return `${this.#pick(TEMPORAL)}(${this.#pick(['day', 'at'])}, ${this.#pick(TIMES)})`;
    if (make < 96)
      return `${this.#pick(['A_CONTAINS', 'A_EQUALS', 'A_OVERLAPS', 'A_CONTAINEDBY'])}(tags, ${this.#pick(["('a')", "('b', 'a')", '()'])})`;
    return `CASEI(${this.#pick(TEXTS)}) = CASEI(${this.#pick(WORDS)})`;
  }

  #number(depth = 2): string {
    const make = this.#below(10);
    if (depth === 0 || make < 4) return this.#pick(NUMBERS);
    if (make < 7) return this.#pick(LITERALS);
    const sign = this.#pick(['+', '-', '*', '/', '%', 'div', '*', '+', '^']);
    return `(${this.#number(depth - 1)} ${sign} ${this.#number(depth - 1)})`;
  }

  #pick(items: readonly string[]): string {
    return items[this.#below(items.length)] ?? '';
  }

  /** Mulberry32. */
  #below(most: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let t = this.#state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) % most;
  }
}
