export type SearchEvent =
  | { type: 'search.built'; documents: number; read: number; ms: number }
  | { type: 'search.failed'; error: unknown }
  | { type: 'search.not_kept'; source: string; error: unknown };
