import assert from 'node:assert/strict';
import { chooseEncoding } from '../../server/http/answers/respond.ts';

describe('content encoding', () => {
  const cases: [header: string | undefined, length: number, expected: string][] = [
    [undefined, 10_000, 'identity'],
    ['gzip, deflate, br', 10_000, 'br'],
    ['gzip, deflate, br', 10, 'identity'],
    ['gzip', 10_000, 'gzip'],
    ['br;q=0.5, gzip;q=0.8', 10_000, 'gzip'],
    ['br;q=0.8, gzip;q=0.8', 10_000, 'br'],
    ['br;q=0, gzip', 10_000, 'gzip'],
    ['*', 10_000, 'br'],
    ['*;q=0', 10_000, 'identity'],
    ['identity', 10_000, 'identity'],
    ['GZIP', 10_000, 'gzip'],
    ['br;q=nonsense', 10_000, 'identity'],
    ['', 10_000, 'identity'],
    ['gzip, identity;q=0', 10, 'gzip'],
    ['gzip, *;q=0', 10, 'gzip'],
    ['identity;q=0', 10_000, 'identity'],
    ['identity;q=1, gzip;q=0.5', 10_000, 'identity'],
    ['identity;q=0.5, gzip;q=1', 10_000, 'gzip'],
    ['gzip, *;q=0', 0, 'identity'],
  ];
  for (const [header, length, expected] of cases) {
    it(`answers ${JSON.stringify(header)} for ${length} bytes with ${expected}`, () => {
      const headers = header === undefined ? {} : { 'accept-encoding': header };
      assert.equal(chooseEncoding({ headers }, length), expected);
    });
  }
});
