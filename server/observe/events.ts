import type { Logger } from 'pino';
import type { AppError } from '../errors.ts';

/** Everything worth telling, as values: the log and the metrics are fed from here, so they agree. */
export type Event =
  | { type: 'request.failed'; requestId: string; path: string; error: AppError }
  | {
      type: 'tile.served';
      layers: string;
      z: number;
      ms: number;
      /** `shared`: made by another instance; `coalesced`: by another request at the same time. */
      cache: 'hit' | 'shared' | 'miss' | 'coalesced';
      bytes: number;
    }
  /** One layer of a tile was made, not found. */
  | { type: 'tile.made'; layer: string; engine: string; z: number; ms: number }
  | { type: 'request.answered'; route: string; method: string; status: number; ms: number }
  | { type: 'cache.shared.ready' }
  | { type: 'cache.shared.lost'; error: unknown }
  | { type: 'catalog.loaded'; layers: number; problems: number; ms: number }
  /** `maps.yaml` was read again: so many of its entries do not fit the database. */
  | { type: 'maps.read'; problems: number }
  /** What it says now is wrong, and what it said before is used. */
  | { type: 'maps.refused'; problems: readonly string[] }
  /** An entry that does not fit the database. */
  | { type: 'maps.problem'; problem: string }
  | { type: 'layer.loaded'; layer: string; features: number; vertices: number; ms: number }
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
  | { type: 'delta.failed'; cube: string; error: unknown }
  /** `lagMs`: from the bump in its transaction to this instance's knowing. */
  | { type: 'generation.changed'; relation: string; generation: string; lagMs?: number }
  | { type: 'tracking.lost'; relation: string; reason: string }
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
  | { type: 'refresh.stalled'; error: unknown }
  | { type: 'sse.connected'; clients: number }
  | { type: 'sse.disconnected'; clients: number }
  | { type: 'tiles.warmed'; subject: string; tiles: number; ms: number }
  | { type: 'pyramid.building'; layer: string; step: string }
  | { type: 'pyramid.built'; layer: string; points: number; leftOut: number; cells: number; ms: number }
  | { type: 'pyramid.failed'; layer: string; error: unknown }
  | { type: 'database.lost'; error: unknown }
  | { type: 'database.restarted' }
  | { type: 'database.ready'; kind: string; version: string; ms: number }
  | { type: 'startup.progress'; step: string };

/** `E`: the events that a capability tells, as a union of its own. */
export type Observe<E extends NamedEvent = Event> = (event: E) => void;

export interface NamedEvent {
  readonly type: string;
}

export type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** How loud each event is in the log. */
export type Levels<E extends NamedEvent = never> = Readonly<Record<E['type'], Level>>;

declare const told: unique symbol;
/** Levels that remember whose they are: the observer of the server takes the events of all. */
export type Told<E extends NamedEvent = NamedEvent> = Readonly<Record<string, Level>> & {
  readonly [told]?: E;
};

/** Declares the events of a capability, each with its level in the log. */
export function tells<E extends NamedEvent>(levels: Levels<E>): Told<E> {
  return levels;
}

/** Who is told which events. */
export type Handlers<E extends NamedEvent = never> = {
  readonly [Type in E['type']]?: (event: Extract<E, { type: Type }>) => void;
};

export const LEVELS: Levels<Event> = {
  'request.failed': 'error',
  'tile.served': 'debug',
  'tile.made': 'debug',
  'request.answered': 'trace', // the access log has a line of its own
  'cache.shared.ready': 'info',
  'cache.shared.lost': 'warn',
  'catalog.loaded': 'info',
  'maps.read': 'info',
  'maps.refused': 'error',
  'maps.problem': 'warn',
  'layer.loaded': 'info',
  'generation.changed': 'info',
  'tracking.lost': 'warn',
  'delta.folded': 'debug',
  'delta.recomputed': 'info',
  'delta.drifted': 'error',
  'delta.failed': 'warn',
  'refresh.started': 'info',
  'refresh.finished': 'info',
  'refresh.skipped': 'info',
  'refresh.retried': 'warn',
  'refresh.failed': 'error',
  'refresh.abandoned': 'warn',
  'refresh.stalled': 'warn',
  'sse.connected': 'debug',
  'sse.disconnected': 'debug',
  'tiles.warmed': 'info',
  'pyramid.building': 'info',
  'pyramid.built': 'info',
  'pyramid.failed': 'warn',
  'database.lost': 'warn',
  'database.restarted': 'warn',
  'database.ready': 'info',
  'startup.progress': 'info',
};

/** The observer that writes each event as one log line named by its type, at the level that `levels` has for it. */
export function logEvents(
  log: Logger,
  levels: Readonly<Record<string, Level>> = LEVELS,
): Observe<NamedEvent> {
  return (event) => {
    const level = levels[event.type] ?? 'info';
    if (!log.isLevelEnabled(level)) return; // most events are one per tile
    const { type, ...fields } = event;
    if ('error' in fields) {
      const { error, ...rest } = fields;
      log[level]({ ...rest, err: causeOf(error) }, type);
    } else {
      log[level](fields, type);
    }
  };
}

function causeOf(error: unknown): unknown {
  return error instanceof Error && error.cause !== undefined ? error.cause : error;
}
