import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { projectPath } from '../../server/tools/paths.ts';

/** What is read of a module by who imports it: types are not, nor what waits for `await import(…)`. */
const IMPORTS = /^(?:import|export) (?!type\b)(?:[^'"`;]*? from )?'([^']+)'/gm;

/** Every file and package that a process has read when it has read this one. */
function readBy(entry: string): { files: string[]; packages: string[] } {
  const files = new Set<string>();
  const packages = new Set<string>();
  const walk = (file: string): void => {
    if (files.has(file)) return;
    files.add(file);
    for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(IMPORTS)) {
      if (name.startsWith('.')) walk(resolve(dirname(file), name));
      else if (!name.startsWith('node:')) packages.add(name);
    }
  };
  walk(projectPath('server', entry));
  return { files: [...files], packages: [...packages].sort() };
}

describe('what a process reads before it does anything', () => {
  it('is a small part of the program where it starts others, and what their command line says', () => {
    const [launch, supervise] = [readBy('launch.ts'), readBy('supervise.ts')];
    assert.deepEqual(launch.packages, ['zod']);
    assert.deepEqual(supervise.packages, ['pino', 'rate-limiter-flexible', 'zod']);
    const primary = new Set([...launch.files, ...supervise.files]);
    assert.ok(primary.size < 40, [...primary].join('\n'));
  });

  it('is nothing of that where it is one of those', () => {
    const main = readBy('main.ts');
    assert.deepEqual(main.packages, []);
    assert.ok(main.files.length < 6, main.files.join('\n'));
    assert.deepEqual(readBy('cli.ts').packages, ['commander', 'zod']);
  });

  it('is nothing that few are asked for, where it serves', () => {
    const { files, packages } = readBy('serve-here.ts');
    assert.ok(files.length > 500); // the whole program
    const late = [
      '@electric-sql/',
      '@google/genai',
      '@modelcontextprotocol/',
      '@resvg/',
      'csv-parse',
      'flatgeobuf',
      'hyparquet-writer',
      'node-pg-migrate',
      'node-sqlite3-wasm',
      'nodemailer',
      'pdfkit',
      'proj4',
      'read-excel-file',
      'shapefile',
      'wkx',
    ];
    assert.deepEqual(
      packages.filter((name) => late.some((each) => name.startsWith(each))),
      [],
    );
  });
});
