import assert from 'node:assert/strict';
import fc from 'fast-check';
import { testGlobal, testLocal } from '../../../server/choropleth/analysis/autocorrelation.ts';
import { adjustedP, globalMoran, localMoran } from '../../../server/choropleth/space/index.ts';
import { seededRandom, shuffle } from '../../../server/choropleth/space/random.ts';
import { chain, rook } from './grid.ts';

const chess = Array.from({ length: 64 }, (_, i) => (i + Math.floor(i / 8)) % 2);
const halves = Array.from({ length: 64 }, (_, i) => (i % 8 < 4 ? 0 : 1));

describe("global Moran's I", () => {
  it('is 0.4 for 1, 2, 3, 4 in a row', () => {
    // z = −1.5, −0.5, 0.5, 1.5; means of the neighbours −0.5, −0.5, 0.5, 0.5; products add up to 2, squares to 5.
    const result = globalMoran([1, 2, 3, 4], chain(4))!;
    assert.ok(Math.abs(result.i - 0.4) < 1e-12);
    assert.equal(result.expected, -1 / 3);
    assert.equal(result.n, 4);
  });

  it('is −1 on a chessboard and high for two halves, both beyond chance', () => {
    const alternating = globalMoran(chess, rook(8, 8))!;
    assert.ok(Math.abs(alternating.i + 1) < 1e-12);
    assert.equal(alternating.p, 2 / 1000);
    assert.ok(alternating.z < -5);
    const divided = globalMoran(halves, rook(8, 8))!;
    assert.ok(divided.i > 0.8 && divided.i < 1);
    assert.equal(divided.p, 2 / 1000);
  });

  it('calls noise significant as often as it says, and no more', () => {
    const random = seededRandom(42);
    const maps = 600;
    const p = Array.from({ length: maps }, (_, seed) => {
      const values = Array.from({ length: 64 }, random);
      return globalMoran(values, rook(8, 8), { seed, permutations: 199 })!.p;
    });
    for (const alpha of [0.02, 0.05, 0.1, 0.2]) {
      const share = p.filter((value) => value <= alpha + 1e-12).length / maps;
      const error = Math.sqrt((alpha * (1 - alpha)) / maps);
      assert.ok(Math.abs(share - alpha) < 3 * error, `p ≤ ${alpha} in ${share}`);
    }
  });

  it('counts ties on both sides: all permutations of this are equally extreme', () => {
    // Three regions that all touch: I is −0.5 wherever the values go.
    const all = [
      [1, 2],
      [0, 2],
      [0, 1],
    ];
    const result = globalMoran([0.1, 0.2, 0.7], all)!;
    assert.ok(Math.abs(result.i + 0.5) < 1e-12);
    assert.equal(result.p, 1);
    assert.equal(Math.round(result.z * 1e6), 0);
  });

  it('leaves out missing values and regions that lose their neighbours by that', () => {
    const lists = [...chain(4), [5], [4]];
    const result = globalMoran([1, 2, 3, 4, 99, null], lists)!;
    assert.ok(Math.abs(result.i - 0.4) < 1e-12);
    assert.equal(result.n, 4);
  });

  it('is undefined for constant values and for fewer than three regions', () => {
    assert.equal(globalMoran([5, 5, 5, 5], chain(4)), null);
    assert.equal(globalMoran([0.1, 0.1, 0.1, 0.1], chain(4)), null);
    assert.equal(globalMoran([1, 2], chain(2)), null);
    assert.equal(globalMoran([], []), null);
  });

  it('repeats its p-value with the seed, and ignores offset and positive factor', () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 25, maxLength: 25 });
    fc.assert(
      fc.property(values, fc.integer(), (list, seed) => {
        const options = { seed, permutations: 49 };
        const first = globalMoran(list, rook(5, 5), options);
        assert.deepEqual(globalMoran(list, rook(5, 5), options), first);
        const moved = globalMoran(
          list.map((v) => 4 * v + 1000),
          rook(5, 5),
          options,
        );
        assert.equal(moved?.p, first?.p);
        assert.ok(Math.abs((moved?.i ?? 0) - (first?.i ?? 0)) < 1e-9);
      }),
      { numRuns: 30 },
    );
  });
});

describe("local Moran's I", () => {
  it('has the global one as its mean', () => {
    const values = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(values, (list) => {
        const whole = globalMoran(list, rook(5, 4), { permutations: 1 });
        const parts = localMoran(list, rook(5, 4), { permutations: 1 });
        if (!whole) return assert.ok(parts.every((part) => part === null));
        const mean = parts.reduce((sum, part) => sum + part!.i, 0) / parts.length;
        assert.ok(Math.abs(mean - whole.i) < 1e-9);
      }),
      { numRuns: 50 },
    );
  });

  it('names the quadrant by own and neighbouring values', () => {
    // Around the mean 3: 9 stands high among low ones, 0 is low beside it, the last two are low among low.
    const parts = localMoran([2, 9, 2, 1, 1], chain(5));
    assert.deepEqual(
      parts.map((part) => part!.quadrant),
      ['LH', 'HL', 'LH', 'LL', 'LL'],
    );
  });

  it('finds a cluster of high and one of low values, and the outlier within', () => {
    const size = 12;
    const noise = seededRandom(5);
    const values = Array.from({ length: size * size }, (_, i) => {
      const [x, y] = [i % size, Math.floor(i / size)];
      const level = x < 4 && y < 4 ? 10 : x > 7 && y > 7 ? -10 : 0;
      return level + noise();
    });
    const outlier = 1 * size + 1;
    values[outlier] = -9;
    const parts = localMoran(values, queen(size), { permutations: 4999 });
    const clusters = parts.map((part) => (part!.significant ? part!.quadrant : ''));
    assert.equal(clusters[outlier], 'LH');
    assert.equal(clusters[2 * size + 2], 'HH');
    assert.equal(clusters[10 * size + 10], 'LL');
    assert.equal(clusters[2 * size + 10], '');
    assert.ok(parts.every((part) => part!.q >= part!.p));
  });

  it('calls a region of a map of noise significant in no more maps than alpha', function () {
    const random = seededRandom(7);
    const maps = 400;
    let withDiscovery = 0;
    let small = 0;
    for (let seed = 0; seed < maps; seed++) {
      const values = Array.from({ length: 36 }, random);
      const parts = localMoran(values, queen(6), { seed, permutations: 1999, alpha: 0.05 });
      if (parts.some((part) => part!.significant)) withDiscovery++;
      small += parts.filter((part) => part!.p <= 0.05).length;
    }
    // p-values taken on the side of the data and not doubled give a share of 0.1 in both.
    const share = withDiscovery / maps;
    assert.ok(share > 0.02 && share < 0.075, `a discovery in ${share} of the maps`);
    const each = small / maps / 36;
    assert.ok(each > 0.04 && each < 0.055, `p ≤ 0.05 in ${each} of the regions`);
  });

  it('says nothing about missing values and islands', () => {
    const parts = localMoran([1, 2, 3, 4, 99, null, null], [...chain(4), [], [], [0]]);
    assert.deepEqual(
      parts.map((part) => part === null),
      [false, false, false, false, true, true, true],
    );
  });
});

describe('adjusted p-values', () => {
  it('are those of the worked table', () => {
    // p × 4 / rank: 0.04, 0.08, 0.04, 0.05 for ranks 1, 4, 2, 3; from the largest down each is at most the next.
    const adjusted = adjustedP([0.01, 0.08, 0.02, 0.0375]);
    [0.04, 0.08, 0.04, 0.05].forEach((q, i) => assert.ok(Math.abs(adjusted[i]! - q) < 1e-12, `${adjusted}`));
  });

  it('keep the order, never fall below p and never exceed 1', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }), (p) => {
        const q = adjustedP(p);
        const order = p.map((_, i) => i).sort((a, b) => p[a]! - p[b]!);
        order.forEach((i, k) => {
          assert.ok(q[i]! >= p[i]! && q[i]! <= 1);
          if (k > 0) assert.ok(q[i]! >= q[order[k - 1]!]!);
        });
      }),
    );
  });
});

describe('seeded random numbers', () => {
  it('repeat with the seed, differ between seeds and fill [0, 1) evenly', () => {
    const draw = (seed: number) => Array.from({ length: 20_000 }, seededRandom(seed));
    const numbers = draw(1);
    assert.deepEqual(draw(1), numbers);
    assert.notDeepEqual(draw(2).slice(0, 3), numbers.slice(0, 3));
    assert.ok(numbers.every((x) => x >= 0 && x < 1));
    for (let tenth = 0; tenth < 10; tenth++) {
      const share = numbers.filter((x) => Math.floor(x * 10) === tenth).length / numbers.length;
      assert.ok(Math.abs(share - 0.1) < 0.01, `${tenth}: ${share}`);
    }
  });

  it('shuffle into every order equally often', () => {
    const random = seededRandom(3);
    const seen = new Map<string, number>();
    for (let i = 0; i < 6000; i++) {
      const list = Int32Array.of(1, 2, 3);
      shuffle(list, random);
      seen.set(list.join(), (seen.get(list.join()) ?? 0) + 1);
    }
    assert.equal(seen.size, 6);
    for (const [order, times] of seen) assert.ok(Math.abs(times - 1000) < 150, `${order}: ${times}`);
  });
});

function queen(size: number): number[][] {
  return Array.from({ length: size * size }, (_, i) =>
    Array.from({ length: size * size }, (_, j) => j).filter((j) => {
      const dx = Math.abs((i % size) - (j % size));
      const dy = Math.abs(Math.floor(i / size) - Math.floor(j / size));
      return Math.max(dx, dy) === 1;
    }),
  );
}

describe('a permutation test that was made', () => {
  const job = { values: chess, lists: rook(8, 8), permutations: 99, seed: 1 };

  it('is not made again for another alpha, whoever asks', async () => {
    const [first, second] = await Promise.all([
      testLocal({ ...job, ...{ alpha: 0.05 } }, 'one'),
      testLocal({ ...job, values: [...chess], lists: rook(8, 8), ...{ alpha: 0.01 } }, 'two'),
    ]);
    assert.equal(first, second, 'the same object');
    assert.equal(await testLocal(job, 'three'), first);
    assert.equal(await testGlobal(job, 'one'), await testGlobal({ ...job }, 'two'));
  });

  it('is made anew for what decides it', async () => {
    const first = await testLocal(job, '');
    for (const other of [
      { seed: 2 },
      { permutations: 199 },
      { values: halves },
      { values: [null, ...chess.slice(1)] },
      { lists: chain(64) },
    ])
      assert.notEqual(await testLocal({ ...job, ...other }, ''), first, JSON.stringify(Object.keys(other)));
  });
});
