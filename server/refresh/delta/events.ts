export type DeltaEvent =
  | { type: 'delta.folded'; cube: string; rows: number; ms: number; generation: number | undefined }
  | { type: 'delta.recomputed'; cube: string; compared: number; because: string | undefined; ms: number }
  | {
      type: 'delta.drifted';
      cube: string;
      compared: number;
      drifted: number;
      sample: readonly object[];
      ms: number;
    }
  | { type: 'delta.failed'; cube: string; error: unknown };
