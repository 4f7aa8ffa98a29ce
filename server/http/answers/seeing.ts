import type { ServerResponse } from 'node:http';
import { PUBLIC, type Sight } from '../../sight/sight.ts';

/** Headers that decide who somebody is. */
const WHO = ['Authorization', 'X-API-Key'];
/** What is not everybody's is asked for anew each time that it is shown, so that a key ends when it ends. */
const PRIVATE = 'private, no-cache';

const sights = new WeakMap<ServerResponse, Sight>();

/** Notes what an answer may show. */
export function seeing(res: ServerResponse, sight: Sight): void {
  if (sight !== PUBLIC) sights.set(res, sight);
}

/** What an answer may show. */
export const sightOf = (res: ServerResponse): Sight => sights.get(res) ?? PUBLIC;

/**
 * The Cache-Control of an answer, now that it is known what it shows; it varies by who asks where somebody else
 * would be answered otherwise.
 */
export function cachingOf(res: ServerResponse, cacheControl: string): string {
  const sight = sights.get(res);
  if (!sight || (!sight.opened && !sight.hid)) return cacheControl;
  for (const name of WHO) addVary(res, name);
  return sight.opened && cacheControl.startsWith('public') ? PRIVATE : cacheControl;
}

function addVary(res: ServerResponse, name: string): void {
  const before = [res.getHeader('Vary') ?? []].flat().join(', ');
  if (before.toLowerCase().split(', ').includes(name.toLowerCase())) return;
  res.setHeader('Vary', before === '' ? name : `${before}, ${name}`);
}
