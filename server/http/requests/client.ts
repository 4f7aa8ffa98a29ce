import { isIPv6 } from 'node:net';
import type { Request } from 'express';
import type { Sight } from '../../sight/sight.ts';

/**
 * Whom a request is counted as, where clients take turns: an address, of IPv6 the network of 64 bits that one client
 * usually has to itself. Behind a proxy that is not trusted all are one.
 */
export function clientOf(req: Request): string {
  const address = req.ip ?? '';
  return isIPv6(address) && !address.includes('.') ? networkOf(address) : address;
}

/**
 * Whose turn it is where work is done in turns: whoever shows a key, wherever it comes from. Signed URLs stand in pages,
 * so those who come by one are told apart by their addresses.
 */
export const turnOf = (req: Request, { viewer, signed }: Pick<Sight, 'viewer' | 'signed'>): string =>
  viewer && signed === undefined ? `key:${viewer.id}` : clientOf(req);

function networkOf(address: string): string {
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  const behind = (tail ?? '').split(':').filter((group) => group !== '');
  const zeros = tail === undefined ? 0 : 8 - groups.length - behind.length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill('0'), ...behind]
    .slice(0, 4)
    .map((group) => parseInt(group, 16).toString(16)) // one address is written in many ways
    .join(':');
}
