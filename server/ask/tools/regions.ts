import type { Answer, RegionValue } from '../../choropleth/public.ts';
import { joinPlaces, type PlaceValue } from '../../places/match.ts';

/** What a name that a model gives stands for among the regions of an answer. */
export type Found =
  { region: RegionValue } | { problem: 'unknown_region' | 'ambiguous_region'; candidates: string[] };

const MOST_CANDIDATES = 8;

export function findRegion(answer: Answer, name: string, parent?: string): Found {
  const places = answer.values.map((value) => ({
    code: value.code,
    name: value.name,
    ...(value.parent === null ? {} : { parent: answer.parentNames.get(value.parent) ?? value.parent }),
  }));
  const byCode = new Map(answer.values.map((value) => [value.code, value]));
  const named = (code: string): string => {
    const value = byCode.get(code);
    const above = value?.parent == null ? undefined : (answer.parentNames.get(value.parent) ?? value.parent);
    return `${value?.name ?? code}${above === undefined ? '' : `, ${above}`} (${code})`;
  };
  let candidates: string[] = [];
  let problem: 'unknown_region' | 'ambiguous_region' = 'unknown_region';
  for (const { match } of joinPlaces(spellings(name, parent), places).values) {
    const region = match.status === 'matched' ? byCode.get(match.code) : undefined;
    if (region) return { region };
    if (match.status === 'ambiguous' && candidates.length === 0) {
      problem = 'ambiguous_region';
      candidates = match.codes.map(named);
    } else if (match.status === 'unmatched' && candidates.length === 0) {
      candidates = match.suggestions.map(({ code }) => named(code));
    }
  }
  return { problem, candidates: candidates.slice(0, MOST_CANDIDATES) };
}

/** A name as it was given, without what stands behind a comma, and as Indonesian says what English does. */
function spellings(name: string, parent: string | undefined): PlaceValue[] {
  const [own = name, above] = name.split(/\s*,\s*/);
  const within = parent ?? above;
  const names = [...new Set([name, own, inIndonesian(own)])];
  return names.map((value) => ({ value, parent: within, rows: 1 }));
}

const DIRECTIONS: Readonly<Record<string, string>> = {
  north: 'Utara',
  south: 'Selatan',
  east: 'Timur',
  west: 'Barat',
  central: 'Tengah',
  southeast: 'Tenggara',
};

/** `East Java` → `Jawa Timur`; other names as they are. */
export function inIndonesian(name: string): string {
  const [, first = '', rest = ''] = /^(\w+)\s+(.+)$/.exec(name.trim()) ?? [];
  const direction = DIRECTIONS[first.toLowerCase().replace('south-east', 'southeast')];
  const place = (direction === undefined ? name.trim() : rest)
    .replace(/\bJava\b/i, 'Jawa')
    .replace(/\bSumatra\b/i, 'Sumatera')
    .replace(/\bBorneo\b/i, 'Kalimantan')
    .replace(/^(.+) Islands$/i, 'Kepulauan $1')
    .replace(/^(?:Special Region of |DI |Daerah Istimewa )?Yogyakarta(?: Special Region)?$/i, 'Yogyakarta')
    .replace(/^(?:DKI )?Jakarta$/i, 'Jakarta Raya');
  return direction === undefined ? place : `${place} ${direction}`;
}

/** `Jawa Timur` → `East Java`: what people call it who ask in English. */
export function inEnglish(name: string): string {
  const [, rest = '', last = ''] = /^(.+)\s+(\w+)$/.exec(name.trim()) ?? [];
  const direction = Object.keys(DIRECTIONS).find((each) => DIRECTIONS[each] === last);
  const place = (direction === undefined ? name : rest)
    .replace(/\bJawa\b/, 'Java')
    .replace(/\bSumatera\b/, 'Sumatra')
    .replace(/^Kepulauan (.+)$/, '$1 Islands')
    .replace(/^Jakarta Raya$/, 'Jakarta');
  return direction === undefined ? place : `${direction} ${place}`;
}
