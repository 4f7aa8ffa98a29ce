import type { PlaceRegion, Match } from '../places/match.ts';
import type { Joined } from './doctor.ts';

/** Values of a kind told one by one to a person. */
const TOLD = 30;

/**
 * The report as a document. `joinInformation` has the members that OGC API Joins (draft) names: collection keys are
 * codes of regions, attribute keys are values of the table. Duplicates are values that share their region.
 */
export function joinDocument({ report, regions }: Joined): object {
  const { values, unmatched, duplicates, rows } = report;
  const named = namer(regions);
  const found = values.flatMap(({ match, ...value }) =>
    match.status === 'matched' ? [{ ...value, ...match, name: named(match.code) }] : [],
  );
  const additional = values.filter(({ match }) => match.status !== 'matched');
  const matchedKeys = [...new Set(found.map(({ code }) => code))].sort();
  const duplicateKeys = duplicates.flatMap(({ values: spellings }) => spellings);
  return {
    joinInformation: {
      numberOfMatchedCollectionKeys: matchedKeys.length,
      numberOfUnmatchedCollectionKeys: unmatched.length,
      numberOfAdditionalAttributeKeys: additional.length,
      numberOfDuplicateAttributeKeys: duplicateKeys.length,
      matchedCollectionKeys: matchedKeys,
      unmatchedCollectionKeys: unmatched,
      additionalAttributeKeys: additional.map(({ value }) => value),
      duplicateAttributeKeys: duplicateKeys,
    },
    rows,
    matched: found,
    additional: additional.map(({ match, ...value }) => ({ ...value, ...match })),
    unmatched: unmatched.map((code) => ({ code, name: named(code) })),
    duplicates,
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
