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
      cache: 'hit' | 'miss' | 'shared';
      bytes: number;
    }
  | { type: 'catalog.loaded'; layers: number; problems: number; ms: number }
  | { type: 'layer.loaded'; layer: string; features: number; vertices: number; ms: number }
  | { type: 'generation.changed'; relation: string; generation: string }
  | { type: 'pyramid.building'; layer: string; step: string }
  | { type: 'pyramid.built'; layer: string; points: number; leftOut: number; cells: number; ms: number }
  | { type: 'pyramid.failed'; layer: string; error: unknown }
  | { type: 'database.lost'; error: unknown }
  | { type: 'database.ready'; kind: string; version: string; ms: number }
  | { type: 'startup.progress'; step: string };

export type Observe = (event: Event) => void;

type Level = 'debug' | 'info' | 'warn' | 'error';

const LEVELS: Record<Event['type'], Level> = {
  'request.failed': 'error',
  'tile.served': 'debug',
  'catalog.loaded': 'info',
  'layer.loaded': 'info',
  'generation.changed': 'info',
  'pyramid.building': 'info',
  'pyramid.built': 'info',
  'pyramid.failed': 'warn',
  'database.lost': 'warn',
  'database.ready': 'info',
  'startup.progress': 'info',
};

/** The observer that writes each event as one log line named by its type. */
export function logEvents(log: Logger): Observe {
  return (event) => {
    const { type, ...fields } = event;
    const level = LEVELS[type];
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
