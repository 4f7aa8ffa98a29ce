export type PyramidEvent =
  | { type: 'pyramid.building'; layer: string; step: string }
  | { type: 'pyramid.built'; layer: string; points: number; leftOut: number; cells: number; ms: number }
  | { type: 'pyramid.failed'; layer: string; error: unknown };
