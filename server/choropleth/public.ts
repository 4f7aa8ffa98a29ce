/** What other capabilities may use: answers to questions about a choropleth, whoever asks them. */
export { Answers, type Answer, type AnswersContext } from './answer.ts';
export type { Choropleth, ChoroplethEntry, RegionSet } from './definitions.ts';
export { askedForm } from './asked.ts';
export { plainClasses, plainFill, plainParams, type PlainClasses } from './classes/plain.ts';
export { choroplethMaps } from './maps.ts';
export { METHODS, type Method } from './classify/index.ts';
export { SCHEMES } from './color/schemes.ts';
export { codeOf, keptBy } from './filter/kept.ts';
export { REGION_TYPES, regionsOf, type Region, type RegionProperty } from './filter/region.ts';
export { featureCollection, ranking, rankByRow } from './forms/document.ts';
export { answerTo } from './forms/form.ts';
export { styleDocument } from './forms/style.ts';
export { choroplethRows, choroplethTile, choroplethTileJson } from './forms/tile.ts';
export { choroplethParams, readChoroplethRequest } from './request/params.ts';
export { RESERVED } from './maps.ts';
export { Readings, type Reading, type ReadingContext } from './reading.ts';
export type { RegionValue } from './figures/values.ts';
export { versionOf } from './version.ts';
