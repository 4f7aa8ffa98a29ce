/** What other capabilities may use: what names of columns say, and ids and labels made of them. */
export { isRate } from './columns.ts';
export { idOf, labelOf } from './proposal.ts';
