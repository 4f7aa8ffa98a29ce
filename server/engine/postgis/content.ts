/** What the bytes of a tile are, told by how they begin; undefined where they are nothing that a map can show. */
export type TileContent = 'mvt' | 'png' | 'jpeg' | 'webp' | 'gzip';

const SIGNATURES: readonly (readonly [content: TileContent, at: number, bytes: readonly number[]])[] = [
  ['png', 0, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]],
  ['jpeg', 0, [0xff, 0xd8, 0xff]],
  ['webp', 8, [0x57, 0x45, 0x42, 0x50]], // behind RIFF and a length
  ['gzip', 0, [0x1f, 0x8b]],
];

/** Media types of pictures, and what their URLs end in. */
export const PICTURES = {
  png: { type: 'image/png', ending: 'png' },
  jpeg: { type: 'image/jpeg', ending: 'jpg' },
  webp: { type: 'image/webp', ending: 'webp' },
} as const;

/** @param bytes not empty: a tile without any holds nothing, of whatever kind */
export function contentOf(bytes: Uint8Array): TileContent | undefined {
  const found = SIGNATURES.find(([, at, signature]) => signature.every((byte, i) => bytes[at + i] === byte));
  return found?.[0] ?? (isVectorTile(bytes) ? 'mvt' : undefined);
}

/** Field 3, length-delimited: the only field of a tile (vector_tile.proto 2.1). */
const LAYER_TAG = 0x1a;
const LONGEST_VARINT = 5;

/** Whether bytes are layers one behind the other, whole to the end; what is in them is not looked at. */
function isVectorTile(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    if (bytes[at++] !== LAYER_TAG) return false;
    let length = 0;
    for (let i = 0; ; i++) {
      const byte = bytes[at++];
      if (byte === undefined || i === LONGEST_VARINT) return false;
      length += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) break;
    }
    at += length;
  }
  return at === bytes.length;
}
