/** What other capabilities may use: what columns say, ids and labels made of them, and proposals. */
export { isRate, readFacts, type ColumnFacts } from './columns.ts';
export { findColumn, isUnique, makeCube } from './making.ts';
export { idOf, labelOf, propose, type Proposal } from './proposal.ts';
