import type { TileCoord } from '../../../server/engine/types.ts';
import { fetchTile, isAnswer, tileUrl } from './measure.ts';
import type { Peer } from './options.ts';
import { differenceOf, isSame, TOLERANCE, type TileDifference } from './same-tile.ts';

interface Checked {
  readonly tile: string;
  /** Why there is nothing to compare. */
  readonly failure?: string;
  readonly difference?: TileDifference;
}

export interface PeerCheck {
  comparable: boolean;
  /** In words. */
  verdict: string;
}

/**
 * Whether the tiles of each server are comparable to the first one's, by name: whoever leaves things out is not
 * faster, but other.
 */
export async function checkPeers(
  peers: readonly Peer[],
  tiles: readonly TileCoord[],
): Promise<Map<string, PeerCheck>> {
  const [reference, ...others] = peers;
  if (!reference) return new Map();
  const checked = new Map(others.map(({ name }) => [name, [] as Checked[]]));
  for (const coord of tiles) {
    const expected = await fetchTile(tileUrl(reference.template, coord));
    for (const { name, template } of others) {
      const { status, bytes } = await fetchTile(tileUrl(template, coord));
      checked.get(name)?.push(check(coord, status, expected.bytes, bytes));
    }
  }
  return new Map([...checked].map(([name, tilesOf]) => [name, verdict(tilesOf)]));
}

function check({ z, x, y }: TileCoord, status: number, expected: Buffer, bytes: Buffer): Checked {
  const tile = `${z}/${x}/${y}`;
  if (!isAnswer(status)) return { tile, failure: `status ${status}` };
  try {
    return { tile, difference: differenceOf(expected, status === 404 ? Buffer.alloc(0) : bytes) };
  } catch (error) {
    return { tile, failure: `not a tile: ${(error as Error).message}` };
  }
}

function verdict(tiles: readonly Checked[]): PeerCheck {
  const compared = tiles.flatMap(({ difference }) => difference ?? []);
  const features = compared.reduce((sum, one) => sum + one.features, 0);
  const differing = tiles.filter(({ difference }) => !difference || !isSame(difference));
  if (features === 0) return { comparable: false, verdict: 'all tiles are empty' };
  if (differing.length === 0) {
    return { comparable: true, verdict: `comparable (${tiles.length} tiles with ${features} features)` };
  }
  const count = (of: (one: TileDifference) => number): number =>
    compared.reduce((sum, one) => sum + of(one), 0);
  const failures = tiles.flatMap(({ failure }) => failure ?? []);
  const lacking = [...new Set(compared.flatMap((one) => one.lacking))];
  const farthest = Math.max(0, ...compared.map(({ distance }) => distance));
  const parts = [
    [failures.length, `tiles failed (${failures[0] ?? ''})`],
    [count((one) => one.missing), 'features missing'],
    [count((one) => one.extra), 'features too many'],
    [count((one) => one.values), 'with other values'],
    [count((one) => one.moved), `farther away than ${TOLERANCE} units (${farthest.toFixed(1)} at most)`],
    [lacking.length, `attributes missing (${lacking.join(', ')})`],
  ].flatMap(([number, what]) => (number ? [`${number} ${what}`] : []));
  const where = differing.slice(0, 3).map(({ tile }) => tile);
  const verdict = `${differing.length} of ${tiles.length} tiles differ (${where.join(', ')}${differing.length > 3 ? ' …' : ''}), of ${features} features: ${parts.join('; ')}`;
  return { comparable: false, verdict };
}
