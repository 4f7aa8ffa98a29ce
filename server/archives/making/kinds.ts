/** Outcomes as one byte. */
export const BARE = 0;
export const EMPTY = 1;
export const CONTENT = 2;
