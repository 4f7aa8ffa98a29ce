import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unzipSync } from 'fflate';
import { open } from 'shapefile';
import { choose, ImportError, type Source, type SourceFeature, type SourceOptions } from '../source.ts';

/** The files of one Shapefile by their ending. */
interface Parts {
  readonly shp: string | Uint8Array;
  readonly dbf: string | Uint8Array;
  readonly prj: string | undefined;
  readonly cpg: string | undefined;
}

/** Unpacked, a zip is held in memory. */
const MOST_BYTES = 2 ** 31;

/** A `.shp` with the files beside it, a folder that has one, or a zip that has. @throws ImportError */
export async function openShapefile(file: string, options: SourceOptions): Promise<Source> {
  const { shp, dbf, prj, cpg } = file.toLowerCase().endsWith('.zip')
    ? await fromZip(file, options)
    : await fromFolder(file, options);
  const encoding = encodingOf(options.encoding ?? cpg);
  return {
    format: 'Shapefile',
    crs: prj === undefined || prj.trim() === '' ? undefined : { definition: prj.trim() },
    features: async function* (): AsyncGenerator<SourceFeature> {
      const reader = await open(shp, dbf, { encoding });
      for (let i = 1; ; i++) {
        const { done, value } = await reader.read();
        if (done) return;
        yield { at: `record ${i}`, properties: value.properties ?? {}, geometry: value.geometry };
      }
    },
  };
}

async function fromFolder(file: string, { layer }: SourceOptions): Promise<Parts> {
  const isFolder = (await stat(file)).isDirectory();
  const folder = isFolder ? file : dirname(file);
  const names = await readdir(folder);
  const stem = isFolder ? choose(stems(names), layer, 'Shapefile') : stems([basename(file)])[0]!;
  const part = (ending: string): string | undefined => partOf(names, stem, ending);
  const text = async (ending: string): Promise<string | undefined> => {
    const name = part(ending);
    return name === undefined ? undefined : readFile(join(folder, name), 'utf8');
  };
  return {
    shp: join(folder, needed(part('shp'), stem, 'shp')),
    dbf: join(folder, needed(part('dbf'), stem, 'dbf')),
    prj: await text('prj'),
    cpg: await text('cpg'),
  };
}

async function fromZip(file: string, { layer }: SourceOptions): Promise<Parts> {
  let bytes = 0;
  const files = unzipSync(await readFile(file), {
    filter: ({ name, originalSize }) => {
      // What other systems leave in a zip: copies of names without content.
      if (!/\.(shp|dbf|prj|cpg)$/i.test(name) || name.startsWith('__MACOSX/')) return false;
      bytes += originalSize;
      if (bytes > MOST_BYTES) throw new ImportError(`${file} is too large unpacked; unpack it into a folder`);
      return true;
    },
  });
  const names = Object.keys(files);
  const wanted = layer === undefined ? undefined : stems(names).find((stem) => basename(stem) === layer);
  const stem = choose(stems(names), wanted ?? layer, 'Shapefile');
  const part = (ending: string): Uint8Array | undefined => files[partOf(names, stem, ending) ?? ''];
  const text = (ending: string): string | undefined => {
    const found = part(ending);
    return found && new TextDecoder().decode(found);
  };
  return {
    shp: needed(part('shp'), stem, 'shp'),
    dbf: needed(part('dbf'), stem, 'dbf'),
    prj: text('prj'),
    cpg: text('cpg'),
  };
}

const stems = (names: readonly string[]): string[] =>
  names.filter((name) => /\.shp$/i.test(name)).map((name) => name.slice(0, -4));

const partOf = (names: readonly string[], stem: string, ending: string): string | undefined =>
  names.find((name) => name.toLowerCase() === `${stem}.${ending}`.toLowerCase());

function needed<Part>(part: Part | undefined, stem: string, ending: string): Part {
  if (part === undefined) throw new ImportError(`${stem}.${ending} is missing: a Shapefile is several files`);
  return part;
}

/** Code pages as `.cpg` files write them: `UTF-8`, `1252`, `ANSI 1252`, `88591`. */
function encodingOf(text = 'windows-1252'): string {
  const bare = text.trim();
  const [, page] = /^(?:ansi ?|cp|oem ?)?(12\d\d)$/i.exec(bare) ?? [];
  const label = page !== undefined ? `windows-${page}` : bare.replace(/^8859-?(\d+)$/, 'iso-8859-$1');
  try {
    return new TextDecoder(label).encoding;
  } catch {
    throw new ImportError(`the encoding ${bare} is not known; give --encoding`);
  }
}
