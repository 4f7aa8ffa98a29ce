import assert from 'node:assert/strict';
import { parse as parseYaml } from 'yaml';
import { csvOf } from '../../../server/choropleth/tables/csv.ts';
import { COLUMNS, sortRows, type TableRow } from '../../../server/choropleth/tables/rows.ts';
import { atOnce } from '../../../server/tools/turns.ts';
import { demoServer, once } from '../../support/environment.ts';
import { formsOf, hostileServer, HIDDEN, MISSING, unescape, type Get } from '../forms/support.ts';

/** Reads RFC 4180. */
function parseCsv(text: string): string[][] {
  assert.ok(text.endsWith('\r\n'));
  const records: string[][] = [[]];
  const cells = /("(?:[^"]|"")*"|[^,\r\n"]*)(,|\r\n)/gy;
  for (let match = cells.exec(text); match; match = cells.exec(text)) {
    const cell = match[1] ?? '';
    records.at(-1)!.push(cell.startsWith('"') ? cell.slice(1, -1).replaceAll('""', '"') : cell);
    if (match[2] === '\r\n') records.push([]);
    if (cells.lastIndex === text.length) break;
  }
  assert.deepEqual(records.pop(), []);
  return records;
}

const row = (code: string, value: number | null, name = code): TableRow => ({
  code,
  name,
  parent: null,
  value,
  numerator: null,
  denominator: null,
  class: null,
  rank: null,
  status: value === null ? 'suppressed' : 'ok',
});

once('tables of a choropleth', () => {
  let rates: Get;
  let santri: Get;
  let grid: Get;

  before(async function () {
    const demo = await demoServer();
    rates = formsOf(demo, 'us-unemployment');
    santri = formsOf(demo, 'santri-provinsi');
    grid = formsOf(await hostileServer(), 'grid');
  });

  describe('values.csv', () => {
    it('says the same as values.json', async () => {
      for (const get of [rates, santri, grid]) {
        const { text, headers } = await get('values.csv');
        const { columns, rows } = (await get('values.json')).body as { columns: string[]; rows: unknown[][] };
        assert.equal(headers['content-type'], 'text/csv; charset=utf-8; header=present');
        assert.match(headers['content-disposition'] ?? '', /^attachment; filename="[\w-]+\.csv"$/);
        const [header, ...records] = parseCsv(text);
        assert.deepEqual(header, [...COLUMNS]);
        assert.deepEqual(header, columns.slice(0, COLUMNS.length));
        const guarded = (cell: unknown) =>
          /^[=+\-@]/.test(String(cell)) && typeof cell === 'string' ? `'${cell}` : String(cell ?? '');
        assert.deepEqual(
          records,
          rows.map((cells) => cells.slice(0, COLUMNS.length).map(guarded)),
        );
      }
    });

    it('has both periods of a change', async () => {
      const form = 'change=abs&from=2021&to=2023';
      const [header, ...records] = parseCsv((await santri(`values.csv?${form}`)).text);
      const { columns, rows } = (await santri(`values.json?${form}`)).body as {
        columns: string[];
        rows: unknown[][];
      };
      assert.deepEqual(header, columns);
      assert.deepEqual(header?.slice(-2), ['from', 'to']);
      assert.deepEqual(
        records,
        rows.map((cells) => cells.map((cell) => String(cell ?? ''))),
      );
      assert.ok(
        records.some((cells) => Number(cells[10]) - Number(cells[9]) === Number(cells[3]) && cells[3] !== ''),
      );
    });

    it('lets no text act as a formula and leaves numbers alone', () => {
      const texts = ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', "it's", 'a=b', ''];
      const [, ...records] = parseCsv([...csvOf(texts.map((text) => row('c', -5, text)))].join(''));
      assert.deepEqual(
        records.map((cells) => cells[1]),
        ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\tx", "'\rx", "it's", 'a=b', ''],
      );
      assert.ok(records.every((cells) => cells[3] === '-5'));
    });

    it('quotes commas, quotes and line breaks', async () => {
      const records = parseCsv((await grid('values.csv')).text);
      const names = new Map(records.map(([code, name]) => [code, name]));
      assert.equal(names.get('a3'), "'=1+1");
      assert.equal(names.get('a4'), 'Say "hi", <script>alert(1)</script> & go');
      assert.equal(names.get('a5'), 'two\nlines');
      assert.equal(names.get('a6'), "'-5");
    });
  });

  describe('sorting', () => {
    it('puts what has no value last, by name, in either order', () => {
      const rows = [row('c', null, 'Cee'), row('b', 2), row('d', null, 'Aye'), row('a', 10)];
      assert.deepEqual(
        atOnce(sortRows(rows, 'value', 'asc')).map(({ code }) => code),
        ['b', 'a', 'd', 'c'],
      );
      assert.deepEqual(
        atOnce(sortRows(rows, 'value', 'desc')).map(({ code }) => code),
        ['a', 'b', 'd', 'c'],
      );
    });

    it('reads numbers within names as numbers', () => {
      const rows = [row('1', 1, 'Zone 10'), row('2', 1, 'Zone 9'), row('3', 1, 'Área')];
      assert.deepEqual(
        atOnce(sortRows(rows, 'name', 'asc')).map(({ code }) => code),
        ['3', '2', '1'],
      );
    });
  });

  describe('table.html', () => {
    it('is a table that a screen reader can follow', async () => {
      const { text, headers } = await rates('table.html');
      assert.equal(headers['content-type'], 'text/html; charset=utf-8');
      assert.match(text, /^<!doctype html>\n<html lang="en">/);
      assert.match(text, /<caption>Unemployment rate by county, 2009: Unemployment rate \(%\)/);
      assert.equal(text.match(/<th scope="row">/g)?.length, 3230);
      assert.equal(text.match(/<th scope="col"/g)?.length, 7);
      assert.equal(text.match(/aria-sort="ascending"/g)?.length, 1);
      assert.doesNotMatch(text, /<script|javascript:|\son\w+=/i);
    });

    it('may be shown under the policy that comes with it', async () => {
      const { headers } = await rates('table.html');
      const directives = parseYaml(
        `{${String(headers['content-security-policy'])
          .split(';')
          .map((directive) => directive.trim().split(' '))
          .map(([name, ...sources]) => `"${name}": ${JSON.stringify(sources)}`)
          .join(',')}}`,
      ) as Record<string, string[]>;
      assert.ok(directives['style-src']?.includes("'unsafe-inline'"));
    });

    it('sorts by what its links ask for', async () => {
      const sorted = async (query: string) =>
        [...(await rates(`table.html?${query}`)).text.matchAll(/<td class="number">([\d.,–]+)<\/td>/g)]
          .map((match) => match[1] ?? '')
          .filter((_, i) => i % 2 === 0);
      const falling = await sorted('sort=value&order=desc');
      assert.equal(falling.length, 3230);
      assert.equal(falling[0], '30.1');
      assert.deepEqual(falling.slice(-19), new Array(19).fill('–'));
      const known = falling.slice(0, -19).map(Number);
      assert.deepEqual(
        known,
        [...known].sort((a, b) => b - a),
      );
      assert.equal((await sorted('sort=rank'))[0], '30.1');
      const { text } = await rates('table.html?sort=value&order=asc&classes=3');
      const link = [...text.matchAll(/href="\?([^"]*)"/g)].map(
        (match) => new URLSearchParams(unescape(match[1] ?? '')),
      );
      const [byValue] = link.filter((query) => query.get('sort') === 'value');
      assert.equal(byValue?.get('order'), 'desc');
      assert.equal(byValue?.get('classes'), '3');
    });

    it('escapes names and titles', async () => {
      const { text } = await grid('table.html');
      assert.ok(text.includes('Say &quot;hi&quot;, &lt;script&gt;alert(1)&lt;/script&gt; &amp; go'));
      assert.ok(text.includes('<title>Grid &lt;&amp;&gt; &quot;quotes&quot;: Share (%)</title>'));
    });

    it('says in words why a region has no value', async () => {
      const { text } = await grid('table.html?locale=id&sort=code');
      const lines = text.split('\n').filter((line) => line.startsWith('<tr><th scope="row"'));
      const of = (code: string) => lines.find((line) => line.includes(`<td>${code}</td>`)) ?? '';
      for (const code of HIDDEN)
        assert.match(of(code), /<td class="number">–<\/td>.*<td>Disembunyikan<\/td>/);
      assert.match(of(MISSING), /<td>Tidak ada data<\/td>/);
    });
  });

  it('describes the regions shown in stats.json', async () => {
    const { rows } = (await rates('values.json?parent=06')).body as {
      rows: [string, string, string, number][];
    };
    const { statistics } = (await rates('stats.json?parent=06')).body as {
      statistics: {
        n: number;
        min: number;
        max: number;
        mean: number;
        median: number;
        histogram: { counts: number[] };
      };
    };
    const values = rows.map((cells) => cells[3]).sort((a, b) => a - b);
    assert.equal(values.length, 58);
    assert.equal(statistics.n, 58);
    assert.equal(statistics.min, values[0]);
    assert.equal(statistics.max, values[57]);
    assert.equal(statistics.median, (values[28]! + values[29]!) / 2);
    assert.ok(Math.abs(statistics.mean - values.reduce((a, b) => a + b) / 58) < 1e-9);
    assert.equal(
      statistics.histogram.counts.reduce((a, b) => a + b),
      58,
    );
  });

  it('advises three methods with reasons, the same whatever parent is looked at', async () => {
    const all = (await rates('advise.json')).body as {
      advice: { n: number; candidates: { method: string; reason: string }[] };
    };
    assert.equal(all.advice.candidates.length, 3);
    assert.equal(new Set(all.advice.candidates.map(({ method }) => method)).size, 3);
    assert.ok(all.advice.candidates.every(({ reason }) => reason.length > 20));
    assert.equal(all.advice.n, 3211);
    const california = (await rates('advise.json?parent=06')).body as typeof all;
    assert.deepEqual(california.advice, all.advice);
    const indonesian = (await rates('advise.json?locale=id')).body as typeof all;
    const reasons = indonesian.advice.candidates.map(({ reason, ...rest }, i) => {
      assert.deepEqual(rest, (({ reason: _, ...same }) => same)(all.advice.candidates[i]!));
      return reason;
    });
    assert.match(reasons.join(' '), /celah alami antarnilai/);
    assert.doesNotMatch(reasons.join(' '), /good|values/);
  });
});
