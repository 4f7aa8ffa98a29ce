import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { ICruiseResult } from 'dependency-cruiser';
import { projectPath } from '../../server/tools/paths.ts';
import floors from './floors.json' with { type: 'json' };
import { drawing, foldersOf } from './drawing.ts';

/**
 * `npm run structure [-- --check]`: draws docs/architecture.md's picture of the folders from the imports
 * themselves; with `--check` it only says whether the picture is that of the present imports.
 */
const FILE = projectPath('docs', 'architecture.md');
const PICTURE = /(<!-- structure: .* -->\n)[\s\S]*?(<!-- \/structure -->)/;

const before = readFileSync(FILE, 'utf8');
if (!PICTURE.test(before)) throw new Error(`${FILE} has no place for the picture`);
const picture = drawing(foldersOf(readImports(), floors));
const after = before.replace(PICTURE, (_, start: string, end: string) => `${start}\n${picture}\n${end}`);
if (!process.argv.includes('--check')) writeFileSync(FILE, after);
else if (after !== before) {
  console.error('docs/architecture.md shows other imports than there are: npm run structure');
  process.exitCode = 1;
}

/** Every file of the server with what it imports, types included. */
function readImports(): ICruiseResult['modules'] {
  const args = ['--config', '.dependency-cruiser.mjs', '--output-type', 'json', 'server'];
  const bin = projectPath('node_modules', 'dependency-cruiser', 'bin', 'dependency-cruise.mjs');
  const json = execFileSync(process.execPath, [bin, ...args], {
    cwd: projectPath(),
    encoding: 'utf8',
    maxBuffer: 100_000_000,
  });
  return (JSON.parse(json) as ICruiseResult).modules;
}
