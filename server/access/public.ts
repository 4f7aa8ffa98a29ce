/** What other capabilities may use: how rows are read that each role of the database sees others of. */
export type { Roles } from './roles.ts';
