/**
 * PGlite unpacks, compiles and links all of PostGIS's archive at every start. Most of that is two extensions that nobody
 * creates here, raster and topology: without them a start takes a third less processor time, and less memory. So an
 * archive without them is made at the first start, and kept beside the data folder.
 */
import { readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import type { Extension } from '@electric-sql/pglite';
import { exists } from './folders.ts';

const BLOCK = 512;
/** Types of entries that stand for themselves: files, symbolic links, folders. */
const PLAIN: readonly string[] = ['0', '\0', '2', '5'];
const KEPT = 'postgis-';
const LEFT_OUT = /postgis_(raster|topology|tiger_geocoder)|^share\/postgresql\/contrib\//;

/** The extension with a smaller archive, which is kept in `folder`; as it is where none can be made. */
export function lean(extension: Extension, folder: string): Extension {
  return {
    ...extension,
    setup: async (...args) => {
      const how = await extension.setup(...args);
      if (!how.bundlePath) return how;
      return { ...how, bundlePath: (await leanBundle(how.bundlePath, folder)) ?? how.bundlePath };
    },
  };
}

async function leanBundle(bundle: URL, folder: string): Promise<URL | undefined> {
  try {
    // Another release is of another size.
    const name = `${KEPT}${(await stat(bundle)).size}.tar.gz`;
    const file = join(folder, name);
    if (!(await exists(file))) {
      const entries = without(await promisify(gunzip)(await readFile(bundle)));
      if (!entries) return undefined;
      await removeKept(folder);
      const half = `${file}.${process.pid}`;
      await writeFile(half, await promisify(gzip)(entries, { level: 1 }));
      await rename(half, file);
    }
    return pathToFileURL(file);
  } catch {
    return undefined; // no room, or nobody may write there
  }
}

async function removeKept(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith(KEPT) && name.includes('.tar.gz')) await rm(join(folder, name), { force: true });
  }
}

/**
 * A tar archive without what is left out; undefined where it has entries of other types, which may tell of the next one.
 */
export function without(archive: Buffer, leftOut = LEFT_OUT): Buffer | undefined {
  const kept: Buffer[] = [];
  for (let at = 0; at + BLOCK <= archive.length;) {
    const header = archive.subarray(at, at + BLOCK);
    if (header[0] === 0) break;
    if (!PLAIN.includes(textOf(header, 156, 1))) return undefined;
    const size = Number.parseInt(textOf(header, 124, 12), 8);
    if (!Number.isSafeInteger(size)) return undefined;
    const end = at + BLOCK + Math.ceil(size / BLOCK) * BLOCK;
    if (!leftOut.test(nameOf(header))) kept.push(archive.subarray(at, end));
    at = end;
  }
  return Buffer.concat([...kept, Buffer.alloc(2 * BLOCK)]);
}

function nameOf(header: Buffer): string {
  const prefix = cString(textOf(header, 345, 155));
  const name = cString(textOf(header, 0, 100));
  return prefix === '' ? name : `${prefix}/${name}`;
}

const textOf = (header: Buffer, from: number, length: number): string =>
  header.toString('latin1', from, from + length);

const cString = (text: string): string => text.replace(/\0.*$/s, '');
