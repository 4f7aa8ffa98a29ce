import { AppError } from '../errors.ts';
import { sqlState } from './sqlstate.ts';

/**
 * What kept us from the database, for whoever runs the server: what PostgreSQL, TLS or the network said, and
 * what to set. It may name hosts, users and databases, so it is not for strangers; it never holds a password.
 */
export function explainFailure(error: unknown): string {
  const cause = rootOf(error);
  const said = wordsOf(cause);
  const advice = adviceFor(cause, said);
  return advice === undefined ? said : `${said}: ${advice}`;
}

const BY_STATE: Readonly<Record<string, string>> = {
  '28P01':
    'check user and password in DATABASE_URL, and that the role has not expired (valid until), which PostgreSQL tells in its log alone',
  '28000': 'check the user in DATABASE_URL, that the role may log in, and pg_hba.conf of the server',
  '3D000': 'check the database in DATABASE_URL, or create it',
  '53300':
    'lower CHOROGRAPH_POOL_SIZE (each of WORKERS opens so many), raise max_connections or the limit of the role, or put PgBouncer in front',
  '57P03': 'PostgreSQL is starting or stopping; it is tried again',
  '55P03':
    'another session holds a lock for longer than the lock_timeout of the role or database; it is tried again',
  '57014':
    'it took longer than the statement_timeout of the role or database, or somebody cancelled it; it is tried again',
  '42501': 'grant the role what is missing',
  '42704': 'check the settings that DATABASE_URL passes on',
};

const BY_CODE: Readonly<Record<string, string>> = {
  ENOTFOUND: 'check the host in DATABASE_URL',
  EAI_AGAIN: 'the name service does not answer: check the host in DATABASE_URL, and the network',
  ECONNREFUSED:
    'nothing listens there: check host and port in DATABASE_URL, that PostgreSQL runs, and its listen_addresses',
  ECONNRESET: 'the connection was cut: check the port in DATABASE_URL, and whether the server wants TLS',
  ETIMEDOUT: 'no answer: check host and port in DATABASE_URL, and firewalls on the way',
  EHOSTUNREACH: 'there is no way to that host: check the host in DATABASE_URL, and the network',
  ENETUNREACH: 'there is no way to that host: check the host in DATABASE_URL, and the network',
  CERT_HAS_EXPIRED: 'renew the certificate of the database server',
  ERR_TLS_CERT_ALTNAME_INVALID:
    'the certificate is for another name: use one of its names as host in DATABASE_URL, or sslmode=no-verify to encrypt without checking',
};

const PRIVATE_CA =
  'the certificate is not of a public authority: add sslrootcert=/path/of/ca.pem to DATABASE_URL, or sslmode=no-verify to encrypt without checking';
const UNTRUSTED = new Set([
  'SELF_SIGNED_CERT_IN_CHAIN',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
]);

const BY_WORDS: readonly (readonly [RegExp, string])[] = [
  [/does not support ssl/i, 'the server has no TLS: switch it on there, or use sslmode=disable'],
  [/no encryption|ssl off/i, 'the server wants TLS: add sslmode=verify-full to DATABASE_URL'],
  [/password must be a string/i, 'the server wants a password: DATABASE_URL has none'],
  // PostgreSQL's own timeouts name what they are of.
  [
    /(?<!lock |statement |session |transaction )timeout/i,
    'no answer: check host and port in DATABASE_URL, firewalls, and whether a pooler is full',
  ],
  [
    /statement pooling/i,
    'set pool_mode of PgBouncer to transaction or session: answers take several statements',
  ],
  [/no such database/i, 'check the database in DATABASE_URL, and [databases] of PgBouncer'],
  [/no such user|auth failed/i, 'check the user in DATABASE_URL, and auth_file of PgBouncer'],
];

function adviceFor(cause: unknown, said: string): string | undefined {
  const state = sqlState(cause);
  const { code, syscall } = (cause ?? {}) as { code?: unknown; syscall?: unknown };
  if (code === 'ENOENT') {
    return syscall === 'open'
      ? 'check sslrootcert, sslcert and sslkey in DATABASE_URL'
      : 'check the socket in DATABASE_URL, and that PostgreSQL runs';
  }
  if (typeof code === 'string' && UNTRUSTED.has(code)) return PRIVATE_CA;
  return (
    BY_WORDS.find(([pattern]) => pattern.test(said))?.[1] ??
    (state === undefined ? undefined : BY_STATE[state]) ??
    (typeof code === 'string' ? BY_CODE[code] : undefined)
  );
}

/** The error that a driver or the network threw, whatever was put around it. */
function rootOf(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return rootOf(error.errors[0]);
  if (error instanceof AppError && error.cause !== undefined) return rootOf(error.cause);
  return error;
}

function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const words = cause.message || (cause as { code?: string }).code || cause.name;
  return words.replace(/\s+/g, ' ').trim();
}
