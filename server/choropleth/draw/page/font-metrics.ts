/** How wide the characters of a font are, in units of which `unitsPerEm` make the font size. */
export interface FontMetrics {
  readonly unitsPerEm: number;
  advance(codePoint: number): number;
}

/**
 * Reads the advance widths of a TrueType font: tables `head`, `hhea`, `hmtx` and the format 4 subtable of
 * `cmap`, which maps the Basic Multilingual Plane (OpenType 1.9). Kerning is left out: it changes a line by
 * less than the margins that layouts keep.
 *
 * @throws Error where the file is not such a font
 */
export function readMetrics(file: Buffer): FontMetrics {
  const tables = new Map<string, number>();
  for (let i = 0, at = 12; i < file.readUInt16BE(4); i++, at += 16) {
    tables.set(file.toString('latin1', at, at + 4), file.readUInt32BE(at + 8));
  }
  const table = (name: string): number => {
    const offset = tables.get(name);
    if (offset === undefined) throw new Error(`the font has no table ${name}`);
    return offset;
  };
  const widths = table('hmtx');
  const last = file.readUInt16BE(table('hhea') + 34) - 1;
  const glyphOf = characterMap(file, table('cmap'));
  return {
    unitsPerEm: file.readUInt16BE(table('head') + 18),
    advance: (codePoint) => file.readUInt16BE(widths + 4 * Math.min(last, glyphOf(codePoint))),
  };
}

function characterMap(file: Buffer, cmap: number): (codePoint: number) => number {
  const subtable = format4(file, cmap);
  const segments = file.readUInt16BE(subtable + 6) / 2;
  const ends = subtable + 14;
  const starts = ends + 2 * segments + 2;
  const deltas = starts + 2 * segments;
  const offsets = deltas + 2 * segments;
  return (codePoint) => {
    for (let i = 0; i < segments; i++) {
      if (file.readUInt16BE(ends + 2 * i) < codePoint) continue;
      const start = file.readUInt16BE(starts + 2 * i);
      if (start > codePoint) return 0;
      const delta = file.readUInt16BE(deltas + 2 * i);
      const offset = file.readUInt16BE(offsets + 2 * i);
      if (offset === 0) return (codePoint + delta) & 0xffff;
      const glyph = file.readUInt16BE(offsets + 2 * i + offset + 2 * (codePoint - start));
      return glyph === 0 ? 0 : (glyph + delta) & 0xffff;
    }
    return 0; // the box that stands for unknown characters
  };
}

function format4(file: Buffer, cmap: number): number {
  for (let i = 0; i < file.readUInt16BE(cmap + 2); i++) {
    const subtable = cmap + file.readUInt32BE(cmap + 4 + 8 * i + 4);
    if (file.readUInt16BE(subtable) === 4) return subtable;
  }
  throw new Error('the font has no character map of format 4');
}
