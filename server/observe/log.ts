import { pino, type Logger } from 'pino';

/** JSON lines on standard output. Secrets that may ride in headers or URLs are never written. */
export function createLogger(level: string): Logger {
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: ['req.headers.authorization', 'req.headers.cookie', 'req.headers["x-api-key"]'],
  });
}
