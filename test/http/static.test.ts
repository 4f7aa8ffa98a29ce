import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import express from 'express';
import request from 'supertest';
import { staticFiles } from '../../server/http/static.ts';

const PAGE = '<!doctype html><title>page</title>';
const SCRIPT = 'export const one = 1;\n'.repeat(100);

describe('static files', () => {
  let folder: string;
  let app: express.Express;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'chorograph-static-'));
    await mkdir(join(folder, 'assets'));
    await writeFile(join(folder, 'index.html'), PAGE);
    await writeFile(join(folder, 'index.html.br'), brotliCompressSync(PAGE));
    await writeFile(join(folder, 'assets', 'one.js'), SCRIPT);
    await writeFile(join(folder, 'assets', 'one.js.br'), brotliCompressSync(SCRIPT));
    await writeFile(join(folder, 'assets', 'one.js.gz'), gzipSync(SCRIPT));
    await writeFile(join(folder, 'plain.svg'), '<svg/>');
    app = express();
    app.use('/assets', staticFiles(join(folder, 'assets'), { hashed: true }));
    app.use(staticFiles(folder, { index: 'index.html' }));
    app.use((req, res) => void res.status(404).send(`no ${req.originalUrl} ${req.url}`));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const cases: [path: string, accepted: string, coding: string | undefined, type: RegExp, text: string][] = [
    ['/', 'br, gzip', 'br', /^text\/html/, PAGE],
    ['/?page=2', 'br', 'br', /^text\/html/, PAGE],
    ['/index.html', 'gzip, deflate', undefined, /^text\/html/, PAGE],
    ['/assets/one.js', 'gzip, deflate, br', 'br', /^text\/javascript/, SCRIPT],
    ['/assets/one.js', 'br;q=0, gzip', 'gzip', /^text\/javascript/, SCRIPT],
    ['/assets/one.js', 'identity', undefined, /^text\/javascript/, SCRIPT],
    ['/plain.svg', 'br, gzip', undefined, /^image\/svg/, '<svg/>'],
  ];
  for (const [path, accepted, coding, type, text] of cases) {
    it(`${path} for ${accepted}: ${coding ?? 'as it is'}`, async () => {
      const { headers, body } = await request(app)
        .get(path)
        .set('Accept-Encoding', accepted)
        .buffer()
        // supertest unpacks what it can.
        .parse((res, done) => {
          const chunks: Buffer[] = [];
          res.on('data', (chunk: Buffer | string) => chunks.push(Buffer.from(chunk)));
          res.on('end', () => done(null, Buffer.concat(chunks).toString()));
        })
        .expect(200);
      assert.equal(headers['content-encoding'], coding);
      assert.match(headers['content-type'] ?? '', type);
      assert.match(headers.vary ?? '', /Accept-Encoding/);
      if (coding !== 'br') assert.equal(body, text);
      const immutable = /immutable/.test(headers['cache-control'] ?? '');
      assert.equal(immutable, path.startsWith('/assets'));
    });
  }

  it('has a validator for each coding', async () => {
    const tags = await Promise.all(
      ['br', 'gzip', 'identity'].map(async (accepted) => {
        const answer = await request(app).head('/assets/one.js').set('Accept-Encoding', accepted).expect(200);
        return answer.headers.etag;
      }),
    );
    assert.equal(new Set(tags).size, 3);
  });

  it('that are not there are left to the next handler, at their own address', async () => {
    const { text, headers } = await request(app).get('/none.js?x=1').set('Accept-Encoding', 'br').expect(404);
    assert.equal(text, 'no /none.js?x=1 /none.js?x=1');
    assert.equal(headers['content-encoding'], undefined);
  });
});
