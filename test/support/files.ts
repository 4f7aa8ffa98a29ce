import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { projectPath } from '../../server/tools/paths.ts';

/** What gives tests a database: a file that imports one of these, however indirectly, is run on both. */
const DATABASES: ReadonlySet<string> = new Set([
  'test/support/environment.ts',
  'test/support/cluster.ts',
  'test/db/embedded-support.ts',
]);
const IMPORTS = /\b(?:from|import)\s*\(?\s*'(\.[^']+)'/g;

export interface TestFiles {
  readonly onDatabases: readonly string[];
  /** What says the same whichever database there is. */
  readonly without: readonly string[];
}

/** Every test file of the project, by whether it asks for a database. */
export function testFiles(): TestFiles {
  const files = readdirSync(projectPath('test'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.test.ts'))
    .sort()
    .map((file) => join('test', file));
  const uses = new Map(files.map((file) => [file, usesDatabase(file)]));
  return {
    onDatabases: files.filter((file) => uses.get(file)),
    without: files.filter((file) => !uses.get(file)),
  };
}

/** Only what lies in `test/` is followed: the server opens no database by being imported. */
export function usesDatabase(file: string, seen: Set<string> = new Set()): boolean {
  if (DATABASES.has(file)) return true;
  if (seen.has(file) || !file.startsWith('test/')) return false;
  seen.add(file);
  const text = readFileSync(projectPath(file), 'utf8');
  return [...text.matchAll(IMPORTS)].some(([, path = '']) => usesDatabase(join(dirname(file), path), seen));
}

/** Whether a file has tests of the one server over the demo data that a run starts for all. */
export function usesDemo(file: string): boolean {
  return readFileSync(projectPath(file), 'utf8').includes('demoServer()');
}
