import type { Language } from '../policy/schema.ts';
import { mentions, type Mention } from './numbers.ts';

/** Numbers that an answer may say: those of tool results, and those of the question. Pure. */
export class Support {
  readonly #numbers: { value: number; unit: 'percent' | 'plain' | 'any' }[] = [];
  readonly #ordinals = new Set<number>();
  /** Rows of the longest list that a tool gave. */
  #rows = 0;

  /** A question says what its answer may repeat. */
  addQuestion(question: string): void {
    for (const language of ['id', 'en'] as const)
      for (const { kind, value } of mentions(question, language)) {
        if (Number.isNaN(value)) continue;
        this.#numbers.push({ value, unit: 'any' });
        if (kind === 'ordinal' || kind === 'cardinal') this.#ordinals.add(value);
      }
  }

  /** What a tool gave, whole. */
  addResult(result: unknown): void {
    this.#walk(result, undefined, undefined);
  }

  #walk(value: unknown, key: string | undefined, unit: string | undefined): void {
    if (typeof value === 'number') {
      if (key === 'rank' || key === 'place') this.#ordinals.add(value);
      else if (key === 'morePercent') this.#numbers.push({ value, unit: 'percent' });
      else this.#numbers.push({ value, unit: unit === '%' && isFigure(key) ? 'percent' : 'plain' });
    } else if (typeof value === 'string') {
      // Codes and versions are no figures.
      if (key === undefined || !NAMES.has(key))
        for (const mention of mentions(value, 'en'))
          if (!Number.isNaN(mention.value)) this.#numbers.push({ value: mention.value, unit: 'plain' });
    } else if (Array.isArray(value)) {
      if (key === 'rows') this.#rows = Math.max(this.#rows, value.length);
      for (const each of value) this.#walk(each, key, unit);
    } else if (typeof value === 'object' && value !== null) {
      const { metric, unit: own } = value as { metric?: { unit?: unknown }; unit?: unknown };
      const known = typeof own === 'string' ? own : typeof metric?.unit === 'string' ? metric.unit : unit;
      for (const [name, each] of Object.entries(value)) this.#walk(each, name, known);
    }
  }

  /** Whether a number that a text says is borne out. */
  bears(mention: Mention): boolean {
    const { kind, value, next } = mention;
    if (kind === 'vague') {
      const [from, to] = mention.range ?? [0, 0];
      return this.#numbers.some((each) => each.unit !== 'percent' && each.value >= from && each.value < to);
    }
    if (kind === 'ordinal')
      return (
        this.#ordinals.has(value) || this.#numbers.some((each) => each.unit === 'any' && each.value === value)
      );
    if (REGION_WORDS.test(next) && value <= this.#rows) return true;
    return this.#numbers.some((each) => isSame(mention, each));
  }
}

const NAMES = new Set([
  'code',
  'choropleth',
  'id',
  'level',
  'generation',
  'error',
  'name',
  'within',
  'higher',
  'lower',
]);
const FIGURES = new Set(['value', 'difference', 'from', 'to']);
const isFigure = (key: string | undefined): boolean => key !== undefined && FIGURES.has(key);
const REGION_WORDS =
  /^(provinsi|propinsi|kabupaten|kota|wilayah|daerah|provinces?|count(?:y|ies)|states?|regions?|districts?|regenc(?:y|ies))$/;

/** Rounding may not change a number by more than this part of it where its unit was made larger. */
const MOST_CHANGE = 0.05;

function isSame(mention: Mention, known: { value: number; unit: 'percent' | 'plain' | 'any' }): boolean {
  const { kind, isPercent } = mention;
  if (kind === 'fraction') {
    const share = known.unit === 'percent' ? known.value / 100 : known.value;
    return Math.abs(share - mention.value) <= 0.01;
  }
  if (isPercent && known.unit === 'plain') {
    return Math.abs(known.value) <= 1 && isRounded(mention, known.value * 100);
  }
  return isRounded(mention, known.value);
}

function isRounded({ value, unit, isHedged }: Mention, known: number): boolean {
  const wanted = Math.abs(known);
  const off = Math.abs(value - wanted);
  const tiny = 1e-9 * Math.max(1, wanted);
  if (off <= tiny) return true;
  // `about 1,400` for 1,437: whole tens and hundreds are a rounding where it is said to be one.
  const zeros = isHedged && unit === 1 ? trailingZeros(value) : 0;
  const step = zeros > 0 && String(value).length - zeros >= 2 ? 10 ** zeros : unit;
  const isCoarse = step > 1;
  if (!isCoarse && step >= 1 && Number.isInteger(wanted)) return false;
  const reach = isHedged ? step : step / 2;
  return off <= reach + tiny && (!isCoarse || off <= wanted * MOST_CHANGE);
}

function trailingZeros(value: number): number {
  return /0*$/.exec(String(Math.trunc(value)))?.[0].length ?? 0;
}

/** Numbers that are said without anything being counted. */
export function isIdiom(mention: Mention, position: { isFirst: boolean }): boolean {
  const { kind, value, before, next } = mention;
  const [previous = ''] = before;
  if (value === 1 && (mention.text === 'satu' || mention.text === 'one')) {
    return (
      /^(salah|sebagai|menjadi|suatu|no|any|each|this|that|the|which|every)$/.test(previous) ||
      /^(satunya|sama|per|kesatuan|pun|hal|of|another|by|can|may|must|should|who|day)$/.test(next)
    );
  }
  if (kind !== 'ordinal' || /\d/.test(mention.text)) return false;
  const isRanked =
    before.slice(0, 2).some((word) => RANK_WORDS.test(word)) ||
    /^(ter\w+|paling|highest|largest|most|lowest|place)$/.test(next);
  if (isRanked) return false;
  if (value === 1 || position.isFirst) return true;
  return mention.text === 'kedua' && /^(orang|belah|tangan|kaki|mata|orangtua)$/.test(next);
}

const RANK_WORDS = /^(peringkat|urutan|ranking|rank|ranked|posisi|place|juara|nomor)$/;

/** Numbers of a sentence that nothing bears out, as they are written. */
export function unborne(sentence: string, support: Support, language: Language): string[] {
  return mentions(sentence, language)
    .filter((mention) => {
      const isFirst = mention.before.length === 0;
      return !isIdiom(mention, { isFirst }) && !support.bears(mention);
    })
    .map(({ text }) => text);
}
