import assert from 'node:assert/strict';
import { pdfOf } from '../../../server/choropleth/draw/page/pdf.ts';
import { svgDocument, textElement } from '../../../server/choropleth/draw/page/svg.ts';
import { demoServer, once } from '../../support/environment.ts';
import { readPdf } from '../forms/pdf.ts';
import { formsOf, hostileServer } from '../forms/support.ts';

interface Classes {
  title: string;
  source: string;
  classes: { color: string; count: number }[];
  statuses: { color: string; count: number }[];
}

once('a choropleth as PDF', () => {
  it('writes letters that can be read again, accents and markup among them, and the same bytes each time', () => {
    const texts = ['Kabupaten Ngañjuk – “Ömer” & Çelik’s <b>1</b>', 'São Tomé, fi ff 1.234,5'];
    const body = texts.map((text, i) => textElement(10, 20 + 20 * i, text, { 'font-size': 12 + i }));
    const svg = svgDocument({ width: 300, height: 80, title: texts[0]!, fontFamily: 'x', body });
    const bytes = Buffer.from(pdfOf(svg, 'id'));
    assert.deepEqual(readPdf(bytes).texts, texts);
    assert.ok(bytes.equals(pdfOf(svg, 'id')));
    assert.doesNotMatch(readPdf(bytes).file, /CreationDate|ModDate/);
    assert.match(readPdf(bytes).file, /\/MediaBox \[0 0 300 80\]/);
    assert.match(readPdf(bytes).file, /\/Lang \(id\)/);
  });

  it('has title, legend and source as text, and paints regions in the colours of their classes', async function () {
    const grid = formsOf(await hostileServer(), 'grid');
    const { headers, bytes } = await grid('map.pdf?locale=id');
    assert.equal(headers['content-type'], 'application/pdf');
    assert.ok(headers.etag);
    const again = await grid('map.pdf?locale=id');
    assert.equal(again.headers.etag, headers.etag);
    const { title, source, classes, statuses } = (await grid('classes.json')).body as Classes;
    const whole = readPdf(bytes);
    const { text } = await grid('map.svg?locale=id');
    const written = [...text.matchAll(/<text [^>]*>([^<]*)<\/text>/g)].length;
    assert.equal(whole.texts.length, written, 'all that the drawing writes');
    for (const wanted of [title, source, 'Disembunyikan', 'Tidak ada data'])
      assert.ok(whole.texts.includes(wanted), `${wanted} in ${whole.texts.join(' | ')}`);

    // With nothing but the map, what is filled is the paper and the regions.
    const bare = readPdf((await grid('map.pdf?bare=true')).bytes);
    assert.deepEqual(bare.texts, []);
    const used = [...classes, ...statuses].filter(({ count }) => count > 0).map(({ color }) => color);
    assert.deepEqual([...bare.fills].sort(), [...new Set(['#ffffff', ...used])].sort());
    assert.equal(bare.hatched, 1, 'what is suppressed');
    const dark = readPdf((await grid('map.pdf?bare=true&theme=dark')).bytes);
    assert.ok(dark.fills.has('#15191e') && !dark.fills.has('#ffffff'));
  });

  it('draws thousands of regions as one page of bounded size', async function () {
    const rates = formsOf(await demoServer(), 'us-unemployment');
    const { bytes } = await rates('map.pdf');
    const { points, fills } = readPdf(bytes);
    const { classes } = (await rates('classes.json')).body as Classes;
    for (const { color } of classes) assert.ok(fills.has(color), color);
    assert.ok(points > 30_000, `${points} points`);
    assert.ok(bytes.length < 600_000, `${bytes.length} bytes`);
    const refused = await rates('map.pdf?width=5000', 400);
    assert.match(refused.text, /64 to 4096/);
  });
});
