import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Asking, ogcServer } from './support.ts';

const run = promisify(execFile);

/** GDAL as Debian has it; what it fetched is what its debug output says. */
describe('GDAL', () => {
  let asking: Asking;
  before(async function () {
    asking = new Asking(await ogcServer());
  });

  async function gdal(program: 'ogrinfo' | 'ogr2ogr', args: readonly string[]) {
    const env = { ...process.env, CPL_DEBUG: 'HTTP', GDAL_HTTP_TIMEOUT: '60' };
    const done = await run(program, args, { env, maxBuffer: 10_000_000 }).catch(
      (error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' ? new Error('GDAL is not installed: apt-get install gdal-bin') : error;
      },
    );
    const fetched = [...done.stderr.matchAll(/Fetch\((\S+)\)/g)].map(([, url = '']) =>
      decodeURIComponent(url),
    );
    const items = fetched.filter((url) => url.includes('/items'));
    return { output: done.stdout, items };
  }
  const source = (): string => `OAPIF:${asking.server.url}/ogc`;
  const csv = (layer: string, ...more: string[]) =>
    gdal('ogr2ogr', ['-f', 'CSV', '/vsistdout/', source(), layer, ...more]);
  /** The first column, which it quotes or not. */
  const idsIn = (output: string): string[] =>
    output
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',')[0]?.replaceAll('"', '') ?? '');

  it('reads what there is, its fields and its count, of one page', async () => {
    const { output } = await gdal('ogrinfo', ['-ro', source()]);
    for (const name of ['sites', 'districts', 'mixed', 'choropleth:people'])
      assert.ok(output.includes(name), output);
    const { output: about, items } = await gdal('ogrinfo', ['-ro', '-so', source(), 'sites']);
    assert.match(about, /Feature Count: 150/);
    assert.match(about, /Geometry: Point/);
    for (const field of ['id: Integer', 'name: String', 'height: Real', 'at: DateTime'])
      assert.ok(about.includes(field), about);
    assert.equal(items.length, 1, items.join('\n'));
  });

  it('reads every page, each feature once', async () => {
    const { output, items } = await csv('sites', '-oo', 'PAGE_SIZE=60');
    const ids = idsIn(output);
    assert.equal(new Set(ids).size, 150);
    assert.equal(ids.length, 150);
    // The first page once more, for the fields.
    assert.equal(items.filter((url) => url.includes('limit=60')).length, 4, items.join('\n'));
  });

  it('has filters of attributes and of space done here', async () => {
    const { output, items } = await csv(
      'sites',
      '-where',
      "name = 'site 1'",
      '-spat',
      '0',
      '39',
      '5',
      '41.5',
    );
    assert.deepEqual(idsIn(output), ['1', '16']);
    assert.match(items.at(-1) ?? '', /bbox=0,39,5,41.5.*name=site.1/);
  });

  it('reads a choropleth with its values', async () => {
    const { output } = await csv('choropleth:people', '-where', "code = 'd'");
    assert.match(output, /^[^\n]*code,name,parent,value[^\n]*\n[^\n]*District d,[^\n]*81/);
  });
});
