import type { Language } from '../words/stems.ts';
import type { Box, Kind, SearchDocument } from './document.ts';
import { Growing } from './growing.ts';
import { Lists } from './lists.ts';

/** What is said of the texts of a source. */
export interface TextRules {
  /** What their words are found in other forms by; none where each is found as it is. */
  readonly language: Language | undefined;
  /** How much a word of each counts, from 0 to 1, beside one of a name. */
  readonly weights: readonly number[];
}

/** What many documents have in common. */
export type Origin = Pick<SearchDocument, 'source' | 'kind' | 'shownBy'> & TextRules;

/** Words of descriptions where nothing is said: less than those of what something lies in. */
export const TEXT_WEIGHT = 0.5;
const NO_RULES: TextRules = { language: undefined, weights: [] };

/** Key, title, code and texts of each document, in this order. */
const TEXTS = 4;
const [KEY, TITLE, CODE, TEXT] = [0, 1, 2, 3];
/** Between texts. */
const SEPARATOR = '\u001f';
/** Aliases, parents and their ids. */
const LISTS = 3;
const NONE: readonly string[] = [];
const HAS_CODE = 1;
const CODE_IS_KEY = 2;

export interface Columns {
  readonly origins: readonly Origin[];
  readonly origin: Uint32Array;
  readonly bytes: Uint8Array;
  /** Where each text begins. */
  readonly starts: Uint32Array;
  readonly flags: Uint8Array;
  readonly lists: Lists;
  readonly list: Uint32Array;
  readonly rank: Float32Array;
  /** Two numbers of a point, four of a box, six of a box and its centre. */
  readonly places: Float64Array;
  readonly placeStarts: Uint32Array;
}

/** Documents by columns, about a tenth of what as many objects take; they never change. */
export class Documents implements Iterable<SearchDocument> {
  readonly length: number;
  readonly origins: readonly Origin[];
  readonly lists: Lists;
  readonly columns: Columns;
  readonly #bytes: Buffer;

  constructor(columns: Columns) {
    this.length = columns.origin.length;
    this.origins = columns.origins;
    this.lists = columns.lists;
    this.columns = columns;
    this.#bytes = Buffer.from(columns.bytes.buffer, columns.bytes.byteOffset, columns.bytes.byteLength);
  }

  /** Where a key stands, or would stand, where they are in the order of their keys' bytes. */
  find(key: string): { readonly at: number; readonly isThere: boolean } {
    const bytes = Buffer.from(key);
    const { starts } = this.columns;
    const compared = (i: number): number =>
      this.#bytes.compare(bytes, 0, bytes.length, starts[i * TEXTS + KEY], starts[i * TEXTS + KEY + 1]);
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compared(middle) < 0) low = middle + 1;
      else high = middle;
    }
    return { at: low, isThere: low < this.length && compared(low) === 0 };
  }

  /** The number of its origin. */
  originOf(i: number): number {
    return this.columns.origin[i]!;
  }

  kindOf(i: number): Kind {
    return this.origins[this.originOf(i)]!.kind;
  }

  rankOf(i: number): number {
    return this.columns.rank[i]!;
  }

  keyOf(i: number): string {
    return this.#text(i, KEY);
  }

  titleOf(i: number): string {
    return this.#text(i, TITLE);
  }

  /** None where all are empty. */
  textsOf(i: number): readonly string[] {
    const all = this.#text(i, TEXT);
    return all === '' ? NONE : all.split(SEPARATOR);
  }

  codeOf(i: number): string | undefined {
    const flags = this.columns.flags[i]!;
    if ((flags & HAS_CODE) === 0) return undefined;
    return this.#text(i, (flags & CODE_IS_KEY) === 0 ? CODE : KEY);
  }

  /** Numbers of the lists of aliases, parents and their ids. */
  listsOf(i: number): readonly [aliases: number, parents: number, parentIds: number] {
    const { list } = this.columns;
    return [list[i * LISTS]!, list[i * LISTS + 1]!, list[i * LISTS + 2]!];
  }

  boxOf(i: number): Box | undefined {
    const { places, placeStarts } = this.columns;
    const from = placeStarts[i]!;
    const length = placeStarts[i + 1]! - from;
    if (length === 0) return undefined;
    const [x, y] = [places[from]!, places[from + 1]!];
    return length === 2 ? [x, y, x, y] : [x, y, places[from + 2]!, places[from + 3]!];
  }

  centreOf(i: number): readonly [number, number] | undefined {
    const { places, placeStarts } = this.columns;
    const to = placeStarts[i + 1]!;
    const length = to - placeStarts[i]!;
    return length === 2 || length === 6 ? [places[to - 2]!, places[to - 1]!] : undefined;
  }

  at(i: number): SearchDocument {
    const [aliases, parents, parentIds] = this.listsOf(i);
    const { source, kind, shownBy } = this.origins[this.originOf(i)]!;
    return {
      source,
      kind,
      shownBy,
      key: this.keyOf(i),
      title: this.titleOf(i),
      code: this.codeOf(i),
      aliases: this.lists.at(aliases),
      parents: this.lists.at(parents),
      parentIds: this.lists.at(parentIds),
      texts: this.textsOf(i),
      centre: this.centreOf(i),
      box: this.boxOf(i),
      rank: this.rankOf(i),
    };
  }

  *[Symbol.iterator](): Iterator<SearchDocument> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  #text(i: number, which: number): string {
    const { starts } = this.columns;
    return this.#bytes.toString('utf8', starts[i * TEXTS + which], starts[i * TEXTS + which + 1]);
  }
}

/** Takes documents in one by one. */
export class DocumentsBuilder {
  readonly #rules: TextRules;
  readonly #origins: Origin[] = [];
  readonly #numbers = new Map<string, number>();
  readonly #origin = new Growing(Uint32Array);
  readonly #bytes = new Growing(Uint8Array);
  readonly #starts = new Growing(Uint32Array);
  readonly #flags = new Growing(Uint8Array);
  readonly #lists = new Lists();
  readonly #list = new Growing(Uint32Array);
  readonly #rank = new Growing(Float32Array);
  readonly #places = new Growing(Float64Array);
  readonly #placeStarts = new Growing(Uint32Array);
  readonly #encoder = new TextEncoder();

  constructor(rules: TextRules = NO_RULES) {
    this.#rules = rules;
  }

  add(document: SearchDocument): void {
    const { key, title, code } = document;
    const isKey = code === key;
    const texts = document.texts.some((one) => one !== '') ? document.texts : NONE;
    const text = texts.map((one) => one.replaceAll(SEPARATOR, ' ')).join(SEPARATOR);
    this.#origin.push(this.#originOf(document));
    for (const part of [key, title, isKey ? '' : (code ?? ''), text]) this.#push(part);
    this.#flags.push(code === undefined ? 0 : isKey ? HAS_CODE | CODE_IS_KEY : HAS_CODE);
    for (const list of [document.aliases, document.parents, document.parentIds])
      this.#list.push(this.#lists.add(list));
    this.#rank.push(document.rank);
    this.#place(document);
  }

  get length(): number {
    return this.#origin.length;
  }

  /** @param ranked what becomes of each rank */
  done(ranked?: (rank: number) => number): Documents {
    this.#starts.push(this.#bytes.length);
    this.#placeStarts.push(this.#places.length);
    const rank = this.#rank.done();
    if (ranked) for (let i = 0; i < rank.length; i++) rank[i] = ranked(rank[i]!);
    return new Documents({
      origins: this.#origins,
      origin: this.#origin.done(),
      bytes: this.#bytes.done(),
      starts: this.#starts.done(),
      flags: this.#flags.done(),
      lists: this.#lists,
      list: this.#list.done(),
      rank,
      places: this.#places.done(),
      placeStarts: this.#placeStarts.done(),
    });
  }

  #originOf({ source, kind, shownBy }: SearchDocument): number {
    const key = `${source}\n${kind}\n${shownBy}`;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#origins.push({ source, kind, shownBy, ...this.#rules }) - 1;
      this.#numbers.set(key, number);
    }
    return number;
  }

  #push(text: string): void {
    this.#starts.push(this.#bytes.length);
    const { numbers, from } = this.#bytes.reserve(text.length * 3);
    this.#bytes.length = from + this.#encoder.encodeInto(text, numbers.subarray(from)).written;
  }

  #place({ box, centre }: SearchDocument): void {
    this.#placeStarts.push(this.#places.length);
    if (!box) return;
    const [west, south, east, north] = box;
    const isPoint = west === east && south === north && centre?.[0] === west && centre[1] === south;
    for (const number of isPoint ? centre : [...box, ...(centre ?? [])]) this.#places.push(number);
  }
}

export function documentsOf(documents: Iterable<SearchDocument>, rules?: TextRules): Documents {
  const builder = new DocumentsBuilder(rules);
  for (const document of documents) builder.add(document);
  return builder.done();
}
