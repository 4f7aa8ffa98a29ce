import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { PbfWriter } from 'pbf';
import { chromium } from 'playwright-core';
import { projectPath } from '../../server/tools/paths.ts';

/**
 * Draws the letters of our fonts as the signed distance fields that maps write with, in a browser:
 *
 *     npx tsx scripts/base/glyphs.ts
 */
const STACKS = { 'Chorograph Regular': 'SourceSans3-Regular.ttf' };
/** First letters of blocks of 256: Latin and its extensions, Greek and Cyrillic, Vietnamese, punctuation. */
const BLOCKS = [0, 256, 512, 768, 1024, 7680, 8192];
const BLOCK = 256;

interface Glyph {
  id: number;
  data: number[];
  width: number;
  height: number;
  left: number;
  top: number;
  advance: number;
}

/** Runs in the page. Metrics are those that MapLibre reads: letters of 24 pixels with a border of 3. */
const draw = `async ({ font, ids }) => {
  const face = new FontFace('drawn', Uint8Array.from(atob(font), (c) => c.charCodeAt(0)));
  document.fonts.add(await face.load());
  const sdf = new TinySDF({ fontFamily: 'drawn', fontSize: 24, buffer: 3, radius: 8, cutoff: 0.25 });
  return ids.map((id) => {
    const { data, width, height, glyphWidth, glyphHeight, glyphTop, glyphLeft, glyphAdvance } = sdf.draw(String.fromCodePoint(id));
    return { id, data: glyphWidth > 0 ? [...data] : [], width: glyphWidth, height: glyphHeight, left: glyphLeft,
      top: Math.round(glyphTop - 27.5), advance: Math.round(glyphAdvance) };
  });
}`;

/** glyphs.proto: stacks 1 { name 1, range 2, glyphs 3 { id 1, bitmap 2, width 3, height 4, left 5, top 6, advance 7 } } */
function encode(name: string, range: string, glyphs: readonly Glyph[]): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeMessage(
    1,
    (_, stack) => {
      stack.writeStringField(1, name);
      stack.writeStringField(2, range);
      for (const glyph of glyphs)
        stack.writeMessage(
          3,
          (one: Glyph, writer) => {
            writer.writeVarintField(1, one.id);
            if (one.data.length > 0) writer.writeBytesField(2, Uint8Array.from(one.data));
            writer.writeVarintField(3, one.width);
            writer.writeVarintField(4, one.height);
            writer.writeSVarintField(5, one.left);
            writer.writeSVarintField(6, one.top);
            writer.writeVarintField(7, one.advance);
          },
          glyph,
        );
    },
    null,
  );
  return pbf.finish();
}

const tinySdf = readFileSync(createRequire(import.meta.url).resolve('@mapbox/tiny-sdf'), 'utf8');
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
const page = await browser.newPage();
await page.addScriptTag({ content: `${tinySdf.replace('export default class', 'window.TinySDF = class')}` });
/** Letters that the font has: others would be drawn in whatever the machine has. */
const has = (file: string): Set<number> =>
  new Set(charactersOf(readFileSync(projectPath('assets', 'fonts', file))));
for (const [name, file] of Object.entries(STACKS)) {
  const known = has(file);
  const font = readFileSync(projectPath('assets', 'fonts', file)).toString('base64');
  const folder = projectPath('assets', 'glyphs', name);
  mkdirSync(folder, { recursive: true });
  for (const first of BLOCKS) {
    const ids = Array.from({ length: BLOCK }, (_, i) => first + i).filter((id) => id >= 32 && known.has(id));
    const glyphs = await page.evaluate<Glyph[]>(`(${draw})(${JSON.stringify({ font, ids })})`);
    const range = `${first}-${first + BLOCK - 1}`;
    writeFileSync(join(folder, `${range}.pbf`), encode(name, range, glyphs));
  }
}
await browser.close();

/** Code points of a TrueType font's `cmap` of format 4. */
function charactersOf(font: Buffer): number[] {
  const tables = Array.from({ length: font.readUInt16BE(4) }, (_, i) => 12 + 16 * i);
  const cmap = font.readUInt32BE(tables.find((at) => font.toString('latin1', at, at + 4) === 'cmap')! + 8);
  const subtables = Array.from(
    { length: font.readUInt16BE(cmap + 2) },
    (_, i) => cmap + font.readUInt32BE(cmap + 8 + 8 * i),
  );
  const at = subtables.find((table) => font.readUInt16BE(table) === 4)!;
  const segments = font.readUInt16BE(at + 6) / 2;
  return Array.from({ length: segments }, (_, i) => {
    const end = font.readUInt16BE(at + 14 + 2 * i);
    const start = font.readUInt16BE(at + 16 + 2 * segments + 2 * i);
    return end === 0xffff ? [] : Array.from({ length: end - start + 1 }, (_, n) => start + n);
  }).flat();
}
