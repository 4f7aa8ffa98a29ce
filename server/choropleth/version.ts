import { relationName } from '../catalog/types.ts';
import { contentTag } from '../http/answers/respond.ts';
import { isVersioned, UNKNOWN } from '../generations/tokens.ts';
import type { Choropleth } from './definitions.ts';

/** Tokens of what a choropleth is made of: its region sets, and its cube. */
export interface ChoroplethGeneration {
  readonly regions: string;
  readonly cube: string;
}

/** The relations that a choropleth is made of, the cube first. */
export function choroplethRelations({ cube, levels }: Choropleth): string[] {
  return [relationName(cube), ...levels.map(({ layer }) => relationName(layer))];
}

/** @param tokenOf the token of a relation: as known now, or as of the moment that data was read at. */
export function choroplethGeneration(
  choropleth: Choropleth,
  tokenOf: (relation: string) => string,
): ChoroplethGeneration {
  const [cube = '', ...sets] = choroplethRelations(choropleth).map(tokenOf);
  return { regions: sets.length === 1 ? (sets[0] ?? UNKNOWN) : together(sets), cube };
}

/** One token of several; of what is not known of one of them nothing is known. */
function together(tokens: readonly string[]): string {
  const unknown = tokens.find((token) => !isVersioned(token));
  return unknown === undefined ? `r${contentTag(tokens.join())}` : unknown;
}

/** `g=` of immutable URLs, part of every ETag: differs whenever the generation or the definition does. */
export function versionOf({ definition }: Choropleth, { regions, cube }: ChoroplethGeneration): string {
  return contentTag(JSON.stringify({ definition, regions, cube }));
}
