/** What editing tells of itself. */
export type EditEvent = { type: 'edit.done'; layer: string; operation: string; features: number; ms: number };
