import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { promisify } from 'node:util';
import { projectPath } from '../../server/tools/paths.ts';
import { SNIPPETS } from '../../web/src/take/snippets.ts';
import { values } from '../choropleth/support.ts';
import { ogcServer } from '../ogc/support.ts';
import type { TestServer } from '../support/environment.ts';

/** Debian's, whatever other Python comes first. */
const PYTHON = '/usr/bin/python3';

const hasQgis = ((): boolean => {
  try {
    execFileSync(PYTHON, ['-c', 'import qgis.core'], { stdio: 'ignore' });
    return true;
  } catch {
    console.log('QGIS is not tested: apt-get install python3-qgis (a gigabyte) for that');
    return false;
  }
})();

/** Districts of the fixture: squares of one degree, by their south-western corner. */
const DISTRICTS = { a: [6, 50], b: [7, 50], c: [6, 51], d: [7, 51] } as const;
const SPREAD = [0.2, 0.35, 0.5, 0.65, 0.8];

/** QGIS as Debian has it, without a screen. */
const inQgis = (title: string, tests: () => void): void => void (hasQgis && describe(title, tests));

inQgis('QGIS', () => {
  let server: TestServer;
  let expected: Record<string, string>;
  before(async function () {
    server = await ogcServer();
    const { byCode } = await values(server, 'people', { year: '2023' });
    const { body } = await server.api.get('/gis/choropleth/people/classes.json?year=2023').expect(200);
    const { classes, statuses } = body as {
      classes: { id: number; color: string }[];
      statuses: { status: string; color: string }[];
    };
    expected = Object.fromEntries(
      Object.keys(DISTRICTS).map((code) => {
        const { class: id, status } = byCode.get(code)!;
        const entry = classes.find((one) => one.id === id) ?? statuses.find((one) => one.status === status);
        return [code, entry?.color ?? ''];
      }),
    );
  });

  const addressOf = (form: string): string => `${server.url}/gis/choropleth/people${form}?year=2023`;

  /** The colour that most of a district has: a hatched one has two. */
  async function drawn(kind: 'style' | 'layer' | 'lines', what: string): Promise<Record<string, string>> {
    const places = Object.values(DISTRICTS).flatMap(([west, south]) =>
      SPREAD.flatMap((x) => SPREAD.map((y) => `${west + x},${south + y}`)),
    );
    const args = [projectPath('test', 'integrations', 'draw_in_qgis.py'), kind, what, '6,50,8,52', ...places];
    const { stdout } = await promisify(execFile)(PYTHON, args, { timeout: 120_000 });
    const colors = JSON.parse(stdout) as string[];
    const each = SPREAD.length ** 2;
    return Object.fromEntries(
      Object.keys(DISTRICTS).map((code, i) => [code, commonest(colors.slice(i * each, (i + 1) * each))]),
    );
  }

  it('draws each region of its style as its class says, without a warning', async () => {
    assert.ok(new Set(Object.values(expected)).size === 3, JSON.stringify(expected)); // two classes, and one that is hidden
    assert.deepEqual(await drawn('style', addressOf('/style-qgis.json')), expected);
  });

  it('opens a layer definition, and draws it alike', async () => {
    assert.deepEqual(await drawn('layer', addressOf('/qgis.qlr')), expected);
  });

  it('does what the lines of the explorer say, as pasted into its console', async () => {
    const form = (name: string): string => addressOf(name && `/${name}`);
    const links = { id: 'people', title: "It's “here”", base: server.url, form, embed: '' };
    const lines = SNIPPETS['QGIS (Python console)']?.(links) ?? '';
    assert.deepEqual(await drawn('lines', lines), expected);
  });
});

function commonest(colors: readonly string[]): string {
  const count = (color: string): number => colors.filter((one) => one === color).length;
  return [...colors].sort((one, other) => count(other) - count(one))[0] ?? '';
}
