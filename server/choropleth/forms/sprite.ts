import { crc32, deflateSync } from 'node:zlib';
import { HATCHES, type Hatch } from './hatch.ts';

/** Map pixels: the side of a tile of hatching, and how wide its line is. */
const TILE = 8;
const LINE_WIDTH = 1.5;

/**
 * The images that our MapLibre styles need, as a sprite (https://maplibre.org/maplibre-style-spec/sprite/): tiles of
 * hatching that repeat without a seam.
 */
export interface Sprite {
  readonly index: Readonly<Record<string, SpriteImage>>;
  readonly png: Buffer;
}

interface SpriteImage {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly pixelRatio: number;
}

/** @param ratio pixels of the image per pixel of the map: 1 or 2 */
export function makeSprite(ratio: number): Sprite {
  const size = TILE * ratio;
  const [width, height] = [size * HATCHES.length, size];
  const pixels = Buffer.alloc(width * height * 4);
  const index: Record<string, SpriteImage> = {};
  for (const [i, hatch] of HATCHES.entries()) {
    index[hatch.image] = { x: i * size, y: 0, width: size, height: size, pixelRatio: ratio };
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) pixels.set(pixelOf(hatch, x, y, ratio), (y * width + i * size + x) * 4);
    }
  }
  return { index, png: encodePng(pixels, width, height) };
}

/** Red, green, blue and opacity: the share of the pixel that a line covers, by its distance from the line's edge. */
function pixelOf({ color, pattern }: Hatch, x: number, y: number, ratio: number): number[] {
  const along = (pattern === 'rising' ? x + y + 1 : x - y + TILE * ratio) / ratio;
  const offset = along % TILE;
  const inside = LINE_WIDTH / 2 - Math.min(offset, TILE - offset) / Math.SQRT2;
  const opacity = Math.max(0, Math.min(1, inside * ratio + 0.5));
  const channel = (at: number): number => parseInt(color.slice(at, at + 2), 16);
  return [channel(1), channel(3), channel(5), Math.round(opacity * 255)];
}

/** A PNG of 8-bit RGBA pixels (https://www.w3.org/TR/png-3/), every row unfiltered. */
function encodePng(pixels: Buffer, width: number, height: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 6, 0, 0, 0], 8); // bits, RGBA, deflate, filters, no interlacing
  const rows = Array.from({ length: height }, (_, y) =>
    Buffer.concat([Buffer.of(0), pixels.subarray(y * width * 4, (y + 1) * width * 4)]),
  );
  const signature = Buffer.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a);
  return Buffer.concat([
    signature,
    chunk('IHDR', header),
    chunk('IDAT', deflateSync(Buffer.concat(rows))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

function chunk(type: string, data: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}
