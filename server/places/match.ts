import { Gazetteer, NO_PLACE_NAMES, type Division, type PlaceNames } from './aliases.ts';
import { matchCode, type CodeNote } from './codes.ts';
import { foldKey, readings, type Reading } from './fold.ts';
import type { PlaceKind } from './kinds.ts';
import { suggest, type Suggestion } from './suggest.ts';

/** A region that names may be of. */
export interface PlaceRegion {
  readonly code: string;
  readonly name: string;
  /** From a column of kinds, where there is one; else it is read off the name. */
  readonly kind?: PlaceKind | undefined;
  /** Name of the region above. */
  readonly parent?: string | undefined;
}

/** A value as a table has it: a name or a code, with the name of the region above where the table has that. */
export interface PlaceValue {
  readonly value: string;
  readonly parent?: string | undefined;
  /** Rows that have it. */
  readonly rows: number;
}

export type Match =
  | {
      readonly status: 'matched';
      readonly how: How;
      readonly code: string;
      readonly note?: CodeNote | 'old_parent';
    }
  | { readonly status: 'ambiguous'; readonly codes: readonly string[]; readonly why: Doubt }
  | { readonly status: 'divided'; readonly division: Division; readonly codes: readonly string[] }
  | { readonly status: 'unmatched'; readonly suggestions: readonly Suggestion[] };

type How = 'confirmed' | 'code' | 'name' | 'alias';
/** Several regions have the name; two kinds of values would go to one region; the region lies under another parent. */
type Doubt = 'several_regions' | 'several_kinds' | 'other_parent';

export type Matched = PlaceValue & { readonly match: Match };

/** What a join would do, in the terms of OGC API Joins where that has one. */
export interface JoinReport {
  readonly values: readonly Matched[];
  /** Regions that some value was matched to. */
  readonly matched: number;
  /** Regions that no value was matched to. */
  readonly unmatched: readonly string[];
  /** Values that no region was found for by itself: ambiguous, divided or unknown. */
  readonly additional: number;
  /** Regions that several values were matched to, with those values. */
  readonly duplicates: readonly { readonly code: string; readonly values: readonly string[] }[];
  /** Rows of the table by what became of their value. */
  readonly rows: { readonly matched: number; readonly additional: number };
}

export interface JoinOptions {
  readonly names?: PlaceNames;
  /** What a person confirmed before: `confirmationKey()` → code. */
  readonly confirmed?: ReadonlyMap<string, string>;
}

interface Entry {
  readonly region: PlaceRegion;
  readonly kind: PlaceKind | undefined;
}

/** What a confirmed match is remembered by: the folded value and region above. */
export function confirmationKey({ value, parent }: Pick<PlaceValue, 'value' | 'parent'>): string {
  return `${foldKey(value)}|${parent === undefined ? '' : foldKey(parent)}`;
}

/**
 * Matches values of a table to regions: what a person confirmed, then codes, then names that are equal but
 * for spelling, then names known to be others of one region. Nothing is guessed: what is only similar becomes
 * a suggestion, and a name that two regions have, or that only a region of another kind or under another
 * parent has, stays open.
 */
export function joinPlaces(
  values: readonly PlaceValue[],
  regions: readonly PlaceRegion[],
  { names = NO_PLACE_NAMES, confirmed = new Map() }: JoinOptions = {},
): JoinReport {
  const gazetteer = new Gazetteer(names);
  const index = indexByName(regions);
  const matcher = {
    gazetteer,
    index,
    regions,
    byCode: new Map(regions.map((region) => [region.code, region])),
  };
  const matches = values.map((value): Matched => {
    const code = confirmed.get(confirmationKey(value));
    const match: Match =
      code !== undefined && matcher.byCode.has(code)
        ? { status: 'matched', how: 'confirmed', code }
        : matchOne(matcher, value);
    return { ...value, match };
  });
  return report(withoutMixedKinds(matcher, matches), regions);
}

interface Matcher {
  readonly gazetteer: Gazetteer;
  readonly index: ReadonlyMap<string, readonly Entry[]>;
  readonly regions: readonly PlaceRegion[];
  readonly byCode: ReadonlyMap<string, PlaceRegion>;
}

function matchOne(matcher: Matcher, { value, parent }: PlaceValue): Match {
  const code = matchCode(value, matcher.regions);
  if (code) return { status: 'matched', how: 'code', ...code };
  const { gazetteer } = matcher;
  const own = readings(value);
  const named = decide(
    matcher,
    own.flatMap((reading) => lookUp(matcher, reading)),
    parent,
    'name',
  );
  if (named && named.status === 'matched') return named;
  const others = gazetteer.canonical(value).flatMap((reading) => lookUp(matcher, reading));
  const aliased = named ?? decide(matcher, others, parent, 'alias');
  if (aliased) return aliased;
  for (const division of gazetteer.divisions(value)) {
    const parts = division.into.flatMap((part) =>
      lookUp(matcher, { kind: division.kind, key: foldKey(part) }),
    );
    if (parts.length > 0) return { status: 'divided', division, codes: codesOf(parts) };
  }
  return {
    status: 'unmatched',
    suggestions: suggest(own, parent, matcher.regions, (a, b) => gazetteer.areKin(a, b)),
  };
}

/** Regions by every reading of their name, with the kind that they are known to be of. */
function indexByName(regions: readonly PlaceRegion[]): Map<string, Entry[]> {
  const index = new Map<string, Entry[]>();
  for (const region of regions) {
    for (const { kind, key } of readings(region.name)) {
      // A column of kinds knows better than a name: Lima Puluh Kota is a kabupaten.
      if (region.kind && kind && kind !== region.kind) continue;
      const list = index.get(key) ?? [];
      if (!list.some((entry) => entry.region === region)) list.push({ region, kind: region.kind ?? kind });
      index.set(key, list);
    }
  }
  return index;
}

/** Regions of a name; where some are known to be of the wanted kind, those alone. */
function lookUp({ index }: Pick<Matcher, 'index'>, { kind, key }: Reading): Entry[] {
  const found = (index.get(key) ?? []).filter((entry) => !kind || !entry.kind || entry.kind === kind);
  const sure = kind ? found.filter((entry) => entry.kind === kind) : [];
  return sure.length > 0 ? sure : found;
}

/** One region, or the doubt between several; undefined where there is none. */
function decide(
  { gazetteer }: Pick<Matcher, 'gazetteer'>,
  entries: readonly Entry[],
  parent: string | undefined,
  how: How,
): Match | undefined {
  const regions = [...new Set(entries.map(({ region }) => region))];
  if (regions.length === 0) return undefined;
  const hasParent = parent !== undefined && foldKey(parent) !== '';
  const under = (test: (a: string, b: string) => boolean): PlaceRegion[] =>
    hasParent
      ? regions.filter((region) => region.parent === undefined || test(parent, region.parent))
      : regions;
  const same = under((a, b) => gazetteer.areSame(a, b));
  const kin = same.length > 0 ? same : under((a, b) => gazetteer.areKin(a, b));
  const [only] = kin;
  if (!only) return { status: 'ambiguous', codes: regions.map(({ code }) => code), why: 'other_parent' };
  if (kin.length > 1)
    return { status: 'ambiguous', codes: kin.map(({ code }) => code), why: 'several_regions' };
  const note = same.length === 0 ? { note: 'old_parent' as const } : {};
  return { status: 'matched', how, code: only.code, ...note };
}

/**
 * A region of unknown kind that both `Kab. X` and `Kota X` were matched to is one of them at the most: which,
 * nobody said.
 */
function withoutMixedKinds({ index }: Pick<Matcher, 'index'>, matches: readonly Matched[]): Matched[] {
  const kinds = new Map<string, Set<PlaceKind>>();
  for (const { value, match } of matches) {
    if (match.status !== 'matched' || match.how !== 'name') continue;
    for (const { kind, key } of readings(value)) {
      const entry = (index.get(key) ?? []).find(({ region }) => region.code === match.code);
      if (kind && entry && !entry.kind) kinds.set(match.code, (kinds.get(match.code) ?? new Set()).add(kind));
    }
  }
  const isMixed = (match: Match): match is Match & { status: 'matched' } =>
    match.status === 'matched' && match.how === 'name' && (kinds.get(match.code)?.size ?? 0) > 1;
  return matches.map((each) =>
    isMixed(each.match)
      ? { ...each, match: { status: 'ambiguous', codes: [each.match.code], why: 'several_kinds' } }
      : each,
  );
}

function report(values: readonly Matched[], regions: readonly PlaceRegion[]): JoinReport {
  const byCode = new Map<string, string[]>();
  const rows = { matched: 0, additional: 0 };
  for (const { value, match, rows: count } of values) {
    rows[match.status === 'matched' ? 'matched' : 'additional'] += count;
    if (match.status === 'matched') byCode.set(match.code, [...(byCode.get(match.code) ?? []), value]);
  }
  return {
    values,
    matched: byCode.size,
    unmatched: regions.map(({ code }) => code).filter((code) => !byCode.has(code)),
    additional: values.filter(({ match }) => match.status !== 'matched').length,
    duplicates: [...byCode]
      .filter(([, spellings]) => spellings.length > 1)
      .map(([code, spellings]) => ({ code, values: spellings })),
    rows,
  };
}

const codesOf = (entries: readonly Entry[]): string[] => [
  ...new Set(entries.map(({ region }) => region.code)),
];
