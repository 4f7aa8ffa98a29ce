import { inflateSync } from 'node:zlib';

export interface Pixels {
  width: number;
  height: number;
  /** How many pixels have this colour, `#rrggbb`, give or take `tolerance` per channel. */
  count(color: string, tolerance?: number): number;
  /** `#rrggbb` of a pixel. */
  at(x: number, y: number): string;
}

/** Decodes a PNG of 8-bit RGBA without interlacing, as pictures here are (PNG specification, third edition). */
export function readPng(file: Buffer): Pixels {
  if (file.readUInt32BE(0) !== 0x89504e47) throw new Error('not a PNG');
  const [width, height] = [file.readUInt32BE(16), file.readUInt32BE(20)];
  if (file[24] !== 8 || file[25] !== 6 || file[28] !== 0) throw new Error('not plain RGBA');
  const chunks: Buffer[] = [];
  for (let at = 8; at < file.length;) {
    const length = file.readUInt32BE(at);
    if (file.toString('latin1', at + 4, at + 8) === 'IDAT')
      chunks.push(file.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  const rgba = unfilter(inflateSync(Buffer.concat(chunks)), width, height);
  const at = (x: number, y: number) => {
    const i = 4 * (y * width + x);
    return `#${rgba.subarray(i, i + 3).toString('hex')}`;
  };
  const counts = new Map<string, number>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) counts.set(at(x, y), (counts.get(at(x, y)) ?? 0) + 1);
  }
  const count = (color: string, tolerance = 0) => {
    const wanted = Buffer.from(color.slice(1), 'hex');
    const isNear = (other: string) =>
      Buffer.from(other.slice(1), 'hex').every((channel, i) => Math.abs(channel - wanted[i]!) <= tolerance);
    return [...counts].reduce((sum, [other, n]) => (isNear(other) ? sum + n : sum), 0);
  };
  return { width, height, at, count };
}

function unfilter(data: Buffer, width: number, height: number): Buffer {
  const stride = 4 * width;
  const out = Buffer.alloc(stride * height);
  for (let y = 0; y < height; y++) {
    const filter = data[y * (stride + 1)]!;
    for (let i = 0; i < stride; i++) {
      const a = i >= 4 ? out[y * stride + i - 4]! : 0;
      const b = y > 0 ? out[(y - 1) * stride + i]! : 0;
      const c = i >= 4 && y > 0 ? out[(y - 1) * stride + i - 4]! : 0;
      const predicted = [0, a, b, (a + b) >> 1, paeth(a, b, c)][filter]!;
      out[y * stride + i] = (data[y * (stride + 1) + 1 + i]! + predicted) & 0xff;
    }
  }
  return out;
}

function paeth(a: number, b: number, c: number): number {
  const p = a + b - c;
  const [pa, pb, pc] = [Math.abs(p - a), Math.abs(p - b), Math.abs(p - c)];
  return pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
}
