import type { Logger } from 'pino';
import type { AppError } from '../errors.ts';

/**
 * Everything worth telling is a value: the log and the metrics are fed from here, so they agree. These are the events of
 * what every capability stands on; each has more of its own.
 */
export type GroundEvent =
  | { type: 'request.failed'; requestId: string; path: string; error: AppError }
  | RequestAnswered
  /** By the pattern of its route: its URL may hold what no log should. */
  | { type: 'request.slow'; requestId: string; route: string; method: string; status: number; ms: number }
  | TileEvent
  | { type: 'cache.shared.ready' }
  | { type: 'cache.shared.lost'; error: unknown }
  /** `lagMs`: from the bump in its transaction to this instance's knowing. */
  | { type: 'generation.changed'; relation: string; generation: string; lagMs?: number }
  | { type: 'tracking.lost'; relation: string; reason: string }
  | { type: 'tiles.warmed'; subject: string; tiles: number; ms: number }
  | { type: 'database.lost'; error: unknown }
  | { type: 'database.restarted' }
  | { type: 'database.ready'; kind: string; version: string; ms: number };

export interface RequestAnswered {
  type: 'request.answered';
  requestId: string;
  route: string;
  method: string;
  status: number;
  ms: number;
  /** It was held open on purpose, and took as long as somebody listened. */
  isStream?: boolean;
}

/** Tiles are made by several capabilities, and most of them are answered before any is asked. */
export type TileEvent =
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
  | {
      type: 'tile.made';
      layer: string;
      engine: string;
      z: number;
      x: number;
      y: number;
      ms: number;
      bytes: number;
    };

/** `E`: the events that a capability tells, as a union of its own. */
export type Observe<E extends NamedEvent = GroundEvent> = (event: E) => void;

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

export const LEVELS: Levels<GroundEvent> = {
  'request.failed': 'error',
  'request.answered': 'trace', // the access log has a line of its own
  'request.slow': 'warn',
  'tile.served': 'debug',
  'tile.made': 'debug',
  'cache.shared.ready': 'info',
  'cache.shared.lost': 'warn',
  'generation.changed': 'info',
  'tracking.lost': 'warn',
  'tiles.warmed': 'info',
  'database.lost': 'warn',
  'database.restarted': 'warn',
  'database.ready': 'info',
};

/** The observer that writes each event as one log line named by its type, at the level that `levels` has for it. */
export function logEvents(
  log: Logger,
  levels: Readonly<Record<string, Level>> = LEVELS,
): Observe<NamedEvent> {
  const { values } = log.levels;
  const byType = new Map(
    Object.entries(levels).map(([type, level]) => [type, { level, value: values[level] ?? 0 }]),
  );
  const usual: { level: Level; value: number } = { level: 'info', value: values.info ?? 0 };
  return (event) => {
    const { level, value } = byType.get(event.type) ?? usual;
    if (value < log.levelVal) return; // most events are one per tile
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
