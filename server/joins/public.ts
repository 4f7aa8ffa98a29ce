/** What other capabilities may use: which regions a column names, and keeping that. */
export { columnsOf, diagnose, relationParts, type Joined, type JoinMaps } from './doctor.ts';
export { joinLines } from './document.ts';
export type { PlaceRegion } from '../places/match.ts';
export { keepMatches, matchesStatement } from './matches.ts';
