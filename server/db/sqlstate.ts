import { AppError, type ErrorCode } from '../errors.ts';

/**
 * The one place where a SQLSTATE becomes an error code. Whole classes are named by their first two
 * characters; a full code wins over its class. See the appendix "PostgreSQL Error Codes" of its manual.
 */
const BY_STATE: Readonly<Record<string, ErrorCode>> = {
  '08': 'database_unavailable', // connection exceptions
  '53': 'database_busy', // insufficient resources: too many connections, out of memory, disk full
  '57014': 'query_timeout', // query_canceled: statement_timeout, or our own cancel request
  '57P': 'database_unavailable', // admin shutdown, crash shutdown, cannot connect now
  '55P03': 'database_busy', // lock_not_available
  '40': 'database_busy', // serialization failure, deadlock
  '25006': 'database_unavailable', // read-only transaction: a replica that took over nothing
  '28': 'database_unavailable', // invalid authorization: ours, not the client's
  '3D000': 'database_unavailable', // database does not exist
  '42P01': 'layer_query_failed', // undefined table: the schema changed under us
  '42703': 'layer_query_failed', // undefined column
  '42883': 'layer_query_failed', // undefined function
  '42501': 'layer_query_failed', // insufficient privilege
  '3F000': 'layer_query_failed', // invalid schema
  '0A': 'layer_query_failed', // what is not supported, such as writing in a function that is declared STABLE
  '42725': 'layer_query_failed', // a call that fits two functions
  '54': 'layer_query_failed', // program limits: too large a value, too deep a stack
  '21': 'layer_query_failed', // a view whose subquery gives too many rows
  '22': 'layer_query_failed', // data exceptions in a view or function: division by zero, bad casts
  '38': 'layer_query_failed', // routine exceptions
  '39': 'layer_query_failed',
  P0: 'layer_query_failed', // raise exception
  '55000': 'layer_query_failed', // e.g. a materialized view that was never populated
  CG001: 'audit_unavailable', // chorograph.audit_append could not write
  XX000: 'layer_query_failed', // PostGIS reports its own failures so
};

/** States that mean "what the catalogue knows is out of date": discovery should run again. */
const SCHEMA_CHANGED = new Set(['42P01', '42703', '42883', '42501', '3F000', '42804', '42P18']);

/** Errors of sockets and of `pg` itself, which carry no SQLSTATE. */
const CONNECTION_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EACCES',
  // What TLS finds wrong with the server's certificate.
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

const MESSAGES: readonly (readonly [RegExp, ErrorCode])[] = [
  [/timeout exceeded when trying to connect/i, 'database_busy'],
  [/query read timeout/i, 'query_timeout'],
  [/does not support ssl|password must be a string|^timeout expired/i, 'database_unavailable'],
  [
    /connection terminated|connection ended|client has encountered|not queryable|client was closed/i,
    'database_unavailable',
  ],
];

/** The SQLSTATE of an error thrown by `pg`, if it has one. */
export function sqlState(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined;
}

/** What writes where only reading is allowed. */
const READ_ONLY = '25006';

/**
 * Turns what `pg` throws into an AppError; the original is kept as `cause` for the log.
 * @param readOnly whether we allowed no writing: then it is no fault of the database's
 */
export function databaseError(error: unknown, readOnly = false): AppError {
  if (error instanceof AppError) return error;
  if (readOnly && sqlState(error) === READ_ONLY) {
    const detail = 'a function or view that is asked for writes, and whoever reads may change nothing';
    return new AppError('layer_query_failed', { reason: 'volatile_function', detail }, { cause: error });
  }
  return new AppError(errorCode(error), {}, { cause: error });
}

/** True where re-reading the catalogue may help. */
export function schemaChanged(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  const state = sqlState(cause);
  return state !== undefined && SCHEMA_CHANGED.has(state);
}

/** True where our side gave up waiting, and the database goes on. */
export function isClientTimeout(error: unknown): boolean {
  const cause = error instanceof AppError ? error.cause : error;
  return cause instanceof Error && /query read timeout/i.test(cause.message);
}

function errorCode(error: unknown): ErrorCode {
  const state = sqlState(error);
  if (state) {
    for (const length of [5, 3, 2]) {
      const code = BY_STATE[state.slice(0, length)];
      if (code) return code;
    }
    return 'internal';
  }
  const code = (error as { code?: unknown } | undefined)?.code;
  if (typeof code === 'string' && CONNECTION_CODES.has(code)) return 'database_unavailable';
  // An unreachable dual-stack host gives one AggregateError over both addresses.
  if (error instanceof AggregateError) return 'database_unavailable';
  const message = error instanceof Error ? error.message : '';
  return MESSAGES.find(([pattern]) => pattern.test(message))?.[1] ?? 'internal';
}
