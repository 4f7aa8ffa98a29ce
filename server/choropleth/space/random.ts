/**
 * Random numbers in [0, 1) that a seed repeats exactly, so that a published p-value can be computed again:
 * the small fast counter generator with 32-bit words (sfc32, Doty-Humphrey 2010, public domain).
 */
export function seededRandom(seed: number): () => number {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = seed | 0;
  let counter = 1;
  const next = () => {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Seeds that differ in one bit need a few rounds to part.
  for (let i = 0; i < 15; i++) next();
  return next;
}

/** Shuffles the first `count` places of a list: each gets any of the items with the same probability. */
export function shuffle(list: Float64Array | Int32Array, random: () => number, count = list.length): void {
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (list.length - i));
    const item = list[i]!;
    list[i] = list[j]!;
    list[j] = item;
  }
}
