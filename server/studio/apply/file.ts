import { constants } from 'node:fs';
import { access, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError } from '../../errors.ts';
import { addToMaps, withEntries, type Entries } from '../../maps/lines.ts';
import { ConfigError } from '../../settings.ts';
import type { StudioContext } from '../context.ts';

/** Whether lines can be added to `maps.yaml`, and why not. */
export interface Writable {
  readonly writable: boolean;
  readonly reason?: 'no_file' | 'read_only';
}

export async function lookAtFile({ mapsFile }: Pick<StudioContext, 'mapsFile'>): Promise<Writable> {
  if (!mapsFile) return { writable: false, reason: 'no_file' };
  const may = async (path: string): Promise<boolean> =>
    access(path, constants.W_OK).then(
      () => true,
      () => false,
    );
  const text = await textOf(mapsFile.path);
  const writable = await may(text === undefined ? dirname(mapsFile.path) : mapsFile.path);
  return writable ? { writable } : { writable, reason: 'read_only' };
}

/** @throws AppError `studio_read_only` */
export async function requireWritable(ctx: Pick<StudioContext, 'mapsFile'>): Promise<string> {
  const { writable } = await lookAtFile(ctx);
  if (ctx.mapsFile && writable) return ctx.mapsFile.path;
  throw new AppError('studio_read_only', { detail: 'copy the lines into maps.yaml where it is kept' });
}

/** A file that was changed, and how it becomes what it was. */
export interface Change {
  write(): Promise<void>;
  /** What others wrote since stays. */
  undo(): Promise<void>;
}

/**
 * Checks the whole file as it would be, by all that a server checks it by.
 * @throws AppError `studio_refused` with every problem
 */
export async function planChange(
  path: string,
  entries: Entries,
  read: (text: string, file: string) => unknown,
): Promise<Change> {
  const before = await textOf(path);
  let after: string;
  try {
    read(before ?? '', 'maps.yaml');
    after = withEntries(before ?? '', entries);
    read(after, 'maps.yaml');
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new AppError('studio_refused', { detail: error.problems.join('; '), problems: error.problems });
  }
  return {
    write: async () => {
      if ((await textOf(path)) !== before)
        throw new AppError('studio_refused', { detail: 'maps.yaml was changed meanwhile; nothing was done' });
      await addToMaps(path, entries);
    },
    undo: async () => {
      if ((await textOf(path)) !== after) return;
      if (before === undefined) await rm(path, { force: true });
      else await writeFile(path, before);
    },
  };
}

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
