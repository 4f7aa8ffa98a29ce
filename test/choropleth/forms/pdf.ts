import { inflateSync } from 'node:zlib';

/** What a PDF says and what it is painted with: enough of a reader for pages that a library has written. */
export interface Page {
  /** Texts in the order in which they are written. */
  texts: string[];
  /** Colours that something is filled with, `#rrggbb`. */
  fills: Set<string>;
  /** How many shapes are filled with a pattern. */
  hatched: number;
  /** Points of all outlines. */
  points: number;
  file: string;
}

export function readPdf(bytes: Buffer): Page {
  const file = bytes.toString('latin1');
  const objects = new Map(
    [...file.matchAll(/(\d+) 0 obj\n([^]*?)\nendobj/g)].map(([, id, body]) => [id!, body!]),
  );
  const fontsOf = new Map<string, Map<string, string>>();
  for (const [, name, id] of file.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const unicode = /\/ToUnicode (\d+) 0 R/.exec(objects.get(id!) ?? '')?.[1];
    fontsOf.set(name!, charactersOf(streamOf(objects.get(unicode ?? '') ?? '')));
  }
  const page = [...objects.values()].find((body) => /\/Type \/Page\b/.test(body)) ?? '';
  const content = streamOf(objects.get(/\/Contents (\d+) 0 R/.exec(page)?.[1] ?? '') ?? '');
  return {
    texts: textsIn(content, fontsOf),
    fills: new Set([...content.matchAll(/([\d.]+) ([\d.]+) ([\d.]+) scn/g)].map(([, ...rgb]) => hexOf(rgb))),
    hatched: [...content.matchAll(/\/P\d+ scn/g)].length,
    points: [...content.matchAll(/ [lm]\n/g)].length,
    file,
  };
}

function streamOf(object: string): string {
  const data = /stream\n([^]*)\nendstream/.exec(object)?.[1] ?? '';
  const isPacked = object.includes('/FlateDecode');
  return isPacked ? inflateSync(Buffer.from(data, 'latin1')).toString('latin1') : data;
}

/** Characters by glyph, both as four or more hexadecimal digits. */
function charactersOf(map: string): Map<string, string> {
  const characters = new Map<string, string>();
  for (const [, first, all] of map.matchAll(/<([\da-f]{4})> <[\da-f]{4}> \[([^\]]*)\]/gi)) {
    for (const [i, [, code]] of [...all!.matchAll(/<([\da-f ]+)>/gi)].entries()) {
      const glyph = (Number.parseInt(first!, 16) + i).toString(16).padStart(4, '0');
      characters.set(glyph, Buffer.from(code!.replaceAll(' ', ''), 'hex').swap16().toString('utf16le'));
    }
  }
  return characters;
}

function textsIn(content: string, fontsOf: Map<string, Map<string, string>>): string[] {
  let font: Map<string, string> | undefined;
  return [...content.matchAll(/\/(F\d+) [\d.]+ Tf|\[([^\]]*)\] TJ/g)].flatMap(([, name, shown]) => {
    if (name !== undefined) font = fontsOf.get(name);
    if (shown === undefined) return [];
    const glyphs = [...shown.matchAll(/<([\da-f]*)>/gi)].flatMap(([, hex]) => hex!.match(/.{4}/g) ?? []);
    return [glyphs.map((glyph) => font?.get(glyph.toLowerCase()) ?? '?').join('')];
  });
}

const hexOf = (rgb: readonly (string | undefined)[]): string =>
  `#${rgb
    .map((part) =>
      Math.round(Number(part) * 255)
        .toString(16)
        .padStart(2, '0'),
    )
    .join('')}`;
