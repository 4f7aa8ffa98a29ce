/** What other capabilities may use: what was dropped, and receiving what comes. */
export type { Previews } from './previews.ts';
export { receive } from './receive.ts';
export { ID as PREVIEW_ID } from './shelf.ts';
