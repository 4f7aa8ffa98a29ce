import type { Request } from 'express';
import type { ApiKeys } from './keys.ts';

/** Whatever stands in front of us adds one of these. */
const FORWARDED = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'via', 'x-forwarded-host'];

/**
 * Whether a request comes from whoever runs this server, who may be told what the database said: from this
 * machine without a proxy between, or with a key of scope `admin`.
 */
export async function isOperator({ keys }: { readonly keys: ApiKeys }, req: Request): Promise<boolean> {
  const isLocal = /^(::ffff:)?127\.|^::1$/.test(req.socket.remoteAddress ?? '');
  if (isLocal && FORWARDED.every((name) => req.headers[name] === undefined)) return true;
  try {
    return (await keys.identify(req))?.scopes.includes('admin') ?? false;
  } catch {
    return false; // keys are in the database, which may be what is wrong
  }
}
