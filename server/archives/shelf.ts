import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { LRUCache } from 'lru-cache';
import { AppError } from '../errors.ts';
import { contentTag } from '../http/answers/respond.ts';
import { aboutSchema, type About } from './about.ts';
import { HEADER_BYTES, readHeader, type HeaderRead } from './format/header.ts';

const unzip = promisify(gunzip);

/** A file of the folder whose head could be read. */
export interface Archive {
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
  readonly header: HeaderRead;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** What it was made of; undefined where another program made it. */
  readonly about: About | undefined;
  /** Differs whenever the file is another. */
  readonly tag: string;
}

/** What may stand in a URL: no path, nothing hidden. */
export const ARCHIVE_NAME = /^[A-Za-z0-9][\w.-]{0,99}$/;
const ENDING = '.pmtiles';
const KEPT = 200;
/** Of a list as of one archive: more are not looked at. */
const MOST_FILES = 1_000;
const MOST_METADATA = 4_000_000;

/** The archives of a folder, read again where a file is another than before. */
export class Shelf {
  readonly #folder: string | undefined;
  readonly #known = new LRUCache<string, Archive>({ max: KEPT });

  constructor(folder: string | undefined) {
    this.#folder = folder;
  }

  /** @throws AppError `archive_not_found` */
  async get(name: string): Promise<Archive> {
    const found = ARCHIVE_NAME.test(name) ? await this.#read(name).catch(absent) : undefined;
    if (!found) throw archiveNotFound();
    return found;
  }

  /** By name; files that are no archives are left out. */
  async all(): Promise<Archive[]> {
    if (this.#folder === undefined) return [];
    const files = await readdir(this.#folder).catch(absent);
    const names = (files ?? [])
      .filter((file) => file.endsWith(ENDING))
      .map((file) => file.slice(0, -ENDING.length));
    const found: Archive[] = [];
    for (const name of names
      .filter((one) => ARCHIVE_NAME.test(one))
      .sort()
      .slice(0, MOST_FILES)) {
      const archive = await this.#read(name).catch(absent);
      if (archive) found.push(archive);
    }
    return found;
  }

  async #read(name: string): Promise<Archive | undefined> {
    if (this.#folder === undefined) return undefined;
    const path = join(this.#folder, name + ENDING);
    const { size, mtimeMs, ino } = await stat(path);
    const tag = contentTag([name, size, mtimeMs, ino].join());
    const known = this.#known.get(name);
    if (known?.tag === tag) return known;
    const head = await headOf(path);
    if (!head) return undefined;
    const about = aboutSchema.safeParse(head.metadata.chorograph);
    const archive = { name, path, bytes: size, tag, ...head, about: about.success ? about.data : undefined };
    this.#known.set(name, archive);
    return archive;
  }
}

export const archiveNotFound = (): AppError =>
  new AppError('archive_not_found', { detail: 'there is no archive of this name' });

/** A file that goes while it is looked at, or that may not be read, is none. */
function absent(error: unknown): undefined {
  if (error instanceof Error && 'code' in error) return undefined;
  throw error;
}

async function headOf(path: string): Promise<Pick<Archive, 'header' | 'metadata'> | undefined> {
  const file = await open(path, 'r');
  try {
    const start = Buffer.alloc(HEADER_BYTES);
    await file.read(start, 0, HEADER_BYTES, 0);
    const header = readHeader(start);
    if (!header || header.internal === 'other' || header.metadata.length > MOST_METADATA) return undefined;
    const bytes = Buffer.alloc(header.metadata.length);
    await file.read(bytes, 0, bytes.length, header.metadata.offset);
    const text = header.internal === 'gzip' ? await unzip(bytes, { maxOutputLength: MOST_METADATA }) : bytes;
    const metadata = JSON.parse(text.toString()) as unknown;
    const isObject = typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata);
    return { header, metadata: isObject ? (metadata as Archive['metadata']) : {} };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  } finally {
    await file.close();
  }
}
