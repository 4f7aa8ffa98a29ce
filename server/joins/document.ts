import type { PlaceRegion, Match } from '../places/match.ts';
import type { Joined } from './doctor.ts';

/** Values of a kind told one by one to a person. */
const TOLD = 30;

/** The report as a document, in the words of OGC API Joins. */
export function joinDocument({ report, regions }: Joined): object {
  const { values, matched, unmatched, additional, duplicates, rows } = report;
  const named = namer(regions);
  return {
    joinInformation: {
      numberOfMatchedItems: matched,
      numberOfUnmatchedItems: unmatched.length,
      numberOfAdditionalItems: additional,
      numberOfDuplicates: duplicates.length,
      unmatchedItems: unmatched.map((code) => ({ code, name: named(code) })),
      additionalItems: values.filter(({ match }) => match.status !== 'matched'),
      duplicates,
    },
    rows,
    matches: values.flatMap(({ match, ...value }) =>
      match.status === 'matched' ? [{ ...value, ...match }] : [],
    ),
  };
}

/** The same for a person at a terminal. */
export function joinLines({ report, regions }: Joined): string[] {
  const { values, matched, unmatched, duplicates, rows } = report;
  const named = namer(regions);
  const open = values.filter(({ match }) => match.status !== 'matched');
  return [
    `${matched} of ${regions.length} regions matched, ${rows.matched} of ${rows.matched + rows.additional} rows`,
    ...some(
      'open',
      open.map(({ value, parent, rows: count, match }) => {
        const where = parent === undefined ? '' : ` (${parent})`;
        return `  ${value}${where}, ${count} rows: ${describe(match, named)}`;
      }),
    ),
    ...some(
      'several spellings',
      duplicates.map(({ code, values: spellings }) => `  ${code} ${named(code)}: ${spellings.join(', ')}`),
    ),
    ...some(
      'regions without a row',
      unmatched.map((code) => `  ${code} ${named(code)}`),
    ),
  ];
}

function describe(match: Match, named: (code: string) => string): string {
  const list = (codes: readonly string[]): string => codes.map((code) => `${code} ${named(code)}`).join(', ');
  switch (match.status) {
    case 'matched':
      return list([match.code]);
    case 'ambiguous':
      return `${match.why.replaceAll('_', ' ')}: ${list(match.codes)}`;
    case 'divided':
      return `divided in ${match.division.year} into ${list(match.codes)}`;
    case 'unmatched':
      return match.suggestions.length === 0
        ? 'no region has this name'
        : `perhaps ${list(match.suggestions.map(({ code }) => code))}; --confirm says so`;
  }
}

function some(title: string, lines: readonly string[]): string[] {
  if (lines.length === 0) return [];
  const more = lines.length > TOLD ? [`  and ${lines.length - TOLD} more`] : [];
  return [`${title}: ${lines.length}`, ...lines.slice(0, TOLD), ...more];
}

function namer(regions: readonly PlaceRegion[]): (code: string) => string {
  const names = new Map(regions.map(({ code, name }) => [code, name]));
  return (code) => names.get(code) ?? '';
}
