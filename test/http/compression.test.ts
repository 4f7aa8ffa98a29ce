import assert from 'node:assert/strict';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { replyTo, Representation, sentBytes } from '../../server/http/answers/respond.ts';
import { decodeAnswer, encodeAnswer } from '../../server/http/cache/redis-codec.ts';
import { ResponseCache } from '../../server/http/cache/response-cache.ts';
import { newServer, once } from '../support/environment.ts';
import { eventually } from '../support/eventually.ts';
import { ask } from '../support/raw.ts';

const TILE = 'application/vnd.mapbox-vector-tile';
const body = Buffer.from(
  Array.from({ length: 2000 }, (_, i) => `region ${(i * 7919) % 1009}`)
    .join()
    .slice(0, 20_000),
);

/** Asked for until its copy is the one that stays. */
const improved = (tile: Representation): Promise<Buffer> =>
  eventually(async () => {
    const bytes = await tile.encoded('br');
    return !tile.etag('br').endsWith('-br1"') && bytes;
  }, 'a better copy');

describe('a compressed tile', () => {
  it('is made soon, and better once it is asked for again', async () => {
    const tile = new Representation(body, TILE);
    const first = tile.encoded('br') as Buffer;
    assert.ok(first instanceof Buffer, 'at once');
    assert.deepEqual(brotliDecompressSync(first), body);
    assert.equal(tile.etag('br'), `"${tile.tag}-br1"`);
    const better = await improved(tile);
    assert.deepEqual(brotliDecompressSync(better), body);
    assert.ok(better.length < first.length, `${better.length} of ${first.length} bytes`);
    assert.equal(tile.etag('br'), `"${tile.tag}-br"`);
    assert.ok(tile.linesOf('br', 'no-cache').includes(`"${tile.tag}-br"`));
    assert.deepEqual(gunzipSync(await tile.encoded('gzip')), body);
  });

  it('is the same to who has either copy, by the tag that he has it by', async () => {
    const tile = new Representation(body, TILE);
    const [quick, lasting] = [`"${tile.tag}-br1"`, `"${tile.tag}-br"`];
    const answer = (known: string): [number, string | undefined] => {
      const headers = { 'accept-encoding': 'br', 'if-none-match': known };
      const reply = replyTo({ headers }, tile, 'no-cache');
      return [reply.status, reply.headers[1]];
    };
    for (const look of [() => {}, () => improved(tile)]) {
      await look();
      assert.deepEqual(answer(quick), [304, quick]);
      assert.deepEqual(answer(`"other", W/${lasting}`), [304, lasting]);
      assert.equal(answer(`"${tile.tag}"`)[0], 200);
    }
    assert.deepEqual(answer('*'), [304, lasting]);
  });

  it('is counted as what it takes, and others get no copy that changes', async () => {
    const cache = new ResponseCache(1_000_000);
    const tile = new Representation(body, TILE);
    await cache.get('tile', undefined, async () => tile);
    const before = cache.stats().bytes;
    const first = await tile.encoded('br');
    assert.equal(cache.stats().bytes, before + first.length);
    assert.equal(decodeAnswer(encodeAnswer(tile))?.made('br'), undefined);
    const better = await improved(tile);
    assert.equal(cache.stats().bytes, before + better.length);
    const taken = decodeAnswer(encodeAnswer(tile));
    assert.deepEqual(taken?.made('br'), better);
    assert.equal(taken?.etag('br'), tile.etag('br'));
  });

  it('that is large is made in a thread, and better only after that', async () => {
    const large = Buffer.concat(Array.from({ length: 10 }, () => body));
    const tile = new Representation(large, TILE);
    const [first, second] = [tile.encoded('br'), tile.encoded('br')];
    assert.ok(first instanceof Promise && first === second);
    assert.deepEqual(brotliDecompressSync(await first), large);
    assert.equal(tile.etag('br'), `"${tile.tag}-br1"`);
    assert.ok((await improved(tile)).length <= (await first).length);
  });

  it('is told of as it stays, whoever asked for it before, and is that then', async () => {
    for (const size of [body.length, 200_000]) {
      const tile = new Representation(Buffer.alloc(size, body), TILE);
      const first = tile.encoded('br');
      const lasting = await tile.lasting('br');
      assert.deepEqual(brotliDecompressSync(await first), tile.body);
      assert.equal(tile.etag('br'), `"${tile.tag}-br"`);
      assert.equal(await tile.encoded('br'), lasting);
      assert.equal(await sentBytes(new Representation(tile.body, TILE), 'br'), lasting.length);
    }
  });

  it('of other things is the best at once', () => {
    const document = new Representation(body, 'application/json');
    assert.ok(document.encoded('br') instanceof Buffer);
    assert.equal(document.etag('br'), `"${document.tag}-br"`);
  });
});

once('a tile that is asked for again', () => {
  it('comes with fewer bytes, of the same tile', async () => {
    const server = await newServer({
      sql: `create table place (id int primary key, name text, geom geometry(Point, 4326));
        insert into place select i, 'place ' || (i * 7919) % 1009, st_point(i / 20.0, i / 30.0) from generate_series(1, 500) i`,
    });
    const path = '/tiles/place/0/0/0.mvt';
    const asked = () => ask(server, path, 'GET', { 'accept-encoding': 'br' });
    const plain = await ask(server, path, 'GET');
    const tagOf = ({ headers }: Awaited<ReturnType<typeof ask>>): string =>
      headers.find((header) => header.startsWith('ETag: '))?.slice(6) ?? '';
    const first = await asked();
    assert.match(tagOf(first), /-br1"$/);
    const better = await eventually(async () => {
      const again = await asked();
      assert.deepEqual(brotliDecompressSync(again.body), plain.body);
      assert.ok(again.headers.includes(`Content-Length: ${again.body.length}`));
      return tagOf(again).endsWith('-br"') && again;
    });
    assert.ok(better.body.length < first.body.length);
  });
});
