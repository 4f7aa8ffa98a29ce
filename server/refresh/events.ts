export type RefreshEvent =
  | { type: 'refresh.started'; view: string; run: number; trigger: string }
  | {
      type: 'refresh.finished';
      view: string;
      run: number;
      ms: number;
      mode: 'concurrently' | 'plain';
      rows: number | null;
      rowsChanged: number | null;
      warning?: string;
    }
  | { type: 'refresh.skipped'; view: string; run: number; reason: string }
  | { type: 'refresh.retried'; view: string; run: number; error: unknown; delayMs: number }
  | { type: 'refresh.failed'; view: string; run: number; ms: number; error: unknown }
  | { type: 'refresh.abandoned'; view: string; run: number; reason: string }
  | { type: 'refresh.stalled'; error: unknown };

/** Browsers that listen. */
export type StreamEvent =
  { type: 'sse.connected'; clients: number } | { type: 'sse.disconnected'; clients: number };
