import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's root folder, the same whether this runs from `server/` or from `dist/server/`. */
export const ROOT = findRoot(dirname(fileURLToPath(import.meta.url)));

function findRoot(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const parent = dirname(folder);
  if (parent === folder) throw new Error('package.json not found above the server files');
  return findRoot(parent);
}

/** An absolute path inside the project. */
export function projectPath(...parts: string[]): string {
  return join(ROOT, ...parts);
}

/** That of package.json. */
export function packageVersion(): string {
  const { version } = JSON.parse(readFileSync(projectPath('package.json'), 'utf8')) as { version: string };
  return version;
}

/**
 * A path that a setting names: in the project, and where that is installed as a package, in the working directory; what
 * is not there but came with the package is the package's.
 */
export function workPath(path: string): string {
  const own = resolve(ROOT, path);
  if (!ROOT.split(sep).includes('node_modules')) return own;
  const here = resolve(path);
  return !existsSync(here) && existsSync(own) ? own : here;
}
