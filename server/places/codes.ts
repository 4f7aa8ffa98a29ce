/** How a code was written otherwise than the region's. */
export type CodeNote = 'blanks' | 'case' | 'punctuation' | 'leading_zeros';

/** Transformations, the mildest first: each is tried on both sides, and counts only where it leaves codes distinct. */
const WAYS: readonly (readonly [CodeNote | undefined, (code: string) => string])[] = [
  [undefined, (code) => code],
  ['blanks', (code) => code.trim()],
  ['case', (code) => code.trim().toLowerCase()],
  ['punctuation', (code) => code.toLowerCase().replace(/[\s.\-_/]+/g, '')],
  [
    'leading_zeros',
    (code) =>
      code
        .toLowerCase()
        .replace(/[\s.\-_/]+/g, '')
        .replace(/^0+(?=.)/, ''),
  ],
];

const indexes = new WeakMap<object, readonly ReadonlyMap<string, string | undefined>[]>();

/** The region that a value is the code of; undefined where it is none's, or more than one's. */
export function matchCode(
  value: string,
  regions: readonly { readonly code: string }[],
): { code: string; note?: CodeNote } | undefined {
  // Codes have a digit, or are the very text: names of regions must not be taken for them.
  const looksLikeCode = /\d/.test(value) && value.length <= 32;
  for (const [i, way] of indexOf(regions).entries()) {
    if (i > 1 && !looksLikeCode) return undefined;
    const [note, transform] = WAYS[i]!;
    const code = way.get(transform(value));
    if (code !== undefined) return note ? { code, note } : { code };
  }
  return undefined;
}

function indexOf(
  regions: readonly { readonly code: string }[],
): readonly ReadonlyMap<string, string | undefined>[] {
  let index = indexes.get(regions);
  if (!index) {
    index = WAYS.map(([, transform]) => {
      const map = new Map<string, string | undefined>();
      for (const { code } of regions) {
        const key = transform(code);
        map.set(key, map.has(key) && map.get(key) !== code ? undefined : code);
      }
      return map;
    });
    indexes.set(regions, index);
  }
  return index;
}
