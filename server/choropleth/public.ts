/** What other capabilities may use: answers to questions about a choropleth, whoever asks them. */
export { Answers, type Answer, type AnswersContext } from './answer.ts';
export type { Choropleth, ChoroplethEntry } from './definitions.ts';
export { featureCollectionText, rankByRow } from './document.ts';
export { choroplethParams, readChoroplethRequest } from './params.ts';
export type { RegionValue } from './values.ts';
export { versionOf } from './version.ts';
