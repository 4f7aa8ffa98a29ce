import { AppError } from '../../errors.ts';

const TAG = /^\s*(W\/)?"([^"]*)"\s*(?:,|$)/;
/** More tags than this are of no use to anybody. */
const MOST = 50;

/**
 * Whether `If-Match` holds for a feature whose row is of this version; undefined without the header. Each representation of
 * it has a tag of its own that begins with the version (`featureEtag`), so any of them says which state is meant. Weak ones
 * say nothing (RFC 9110 §13.1.1).
 */
export function ifMatch(header: string | undefined, version: string): boolean | undefined {
  if (header === undefined) return undefined;
  if (header.trim() === '*') return true;
  let rest = header;
  for (let i = 0; i < MOST && rest !== ''; i++) {
    const found = TAG.exec(rest);
    if (!found) return false;
    if (found[1] === undefined && found[2]!.split('.', 1)[0] === version) return true;
    rest = rest.slice(found[0].length);
  }
  return false;
}

/** @throws AppError `precondition_required` (428), `precondition_failed` (412) */
export function requireMatch(header: string | undefined, version: string): void {
  const holds = ifMatch(header, version);
  if (holds === undefined)
    throw new AppError('precondition_required', {
      detail: 'send the ETag of the feature, as it was read, as If-Match',
    });
  if (!holds) throw new AppError('precondition_failed', { detail: 'read it again, and change it then' });
}
