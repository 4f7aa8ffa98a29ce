import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { projectPath } from '../../server/tools/paths.ts';
import { table, times } from './report.ts';

const run = promisify(execFile);

/** From one number of rounds to the other, what V8 compiles and the layer's own making are the same. */
const ROUNDS = [40, 100] as const;
const KINDS = ['polygons', 'points'] as const;

/** What of a version of the program cuts and encodes tiles. */
const ENGINE = {
  'cutting/tile-index.ts': 'buildTileIndex',
  'encoding/attributes.ts': 'AttributeTable',
  'encoding/rows.ts': 'encodeRows',
  'grid.ts': 'tileAt',
};

/**
 * Instructions that cutting and encoding a tile takes, which what else the machine does cannot change: of this version, and
 * of others by their folders.
 */
export async function benchInstructions(folders: readonly string[]): Promise<void> {
  if (spawnSync('valgrind', ['--version']).status !== 0) {
    console.log('\nvalgrind is not installed: no instructions are counted.');
    return;
  }
  const temporary = await mkdtemp(join(tmpdir(), 'chorograph-instructions-'));
  try {
    const versions = [projectPath('.'), ...folders.map((folder) => resolve(folder))];
    const engines = await Promise.all(
      versions.map((folder, i) => bundled(folder, join(temporary, String(i)))),
    );
    const rows: string[][] = [];
    for (const kind of KINDS) {
      const counts: number[] = [];
      for (const engine of engines) counts.push(await instructionsOf(kind, engine));
      const [own = 0, ...others] = counts;
      rows.push([kind, thousands(own), ...others.flatMap((other) => [thousands(other), times(other / own)])]);
    }
    table('Instructions of a tile, cutting and encoding', [
      ['', 'this version', ...folders.flatMap((folder) => [folder, 'of this one'])],
      ...rows,
    ]);
  } finally {
    await rm(temporary, { recursive: true });
  }
}

/** The engine of a version as one file, by its address. */
async function bundled(folder: string, target: string): Promise<string> {
  const entry = `${target}.ts`;
  const file = `${target}.mjs`;
  const lines = Object.entries(ENGINE).map(
    ([path, name]) => `export { ${name} } from ${JSON.stringify(join(folder, 'server', 'engine', path))};`,
  );
  await writeFile(entry, lines.join('\n'));
  const bundle = await rolldown({ input: entry, platform: 'node' });
  await bundle.write({ file, format: 'esm' });
  await bundle.close();
  return pathToFileURL(file).href;
}

async function instructionsOf(kind: string, engine: string): Promise<number> {
  const [few, many] = ROUNDS;
  const [a, b] = await Promise.all([counted(kind, few, engine), counted(kind, many, engine)]);
  return (b.instructions - a.instructions) / (b.tiles - a.tiles);
}

async function counted(
  kind: string,
  rounds: number,
  engine: string,
): Promise<{ instructions: number; tiles: number }> {
  const loop = projectPath('scripts', 'bench', 'instructions-loop.mjs');
  const { stdout, stderr } = await run('valgrind', [
    '--tool=callgrind',
    '--callgrind-out-file=/dev/null',
    process.execPath,
    '--single-threaded', // what V8 does beside would be counted by chance
    ...[loop, kind, String(rounds), engine],
  ]);
  const { tiles } = JSON.parse(stdout) as { tiles: number };
  return { instructions: Number(/Collected : (\d+)/.exec(stderr)?.[1]), tiles };
}

const thousands = (count: number): string => `${Math.round(count / 1000)},000`;
