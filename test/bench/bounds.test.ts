import assert from 'node:assert/strict';
import { aheadIn, verdicts, type Measurement } from '../../scripts/bench/suite/bounds.ts';

const BASELINE = 'plain';

function row(peer: string, figures: Partial<Measurement>): Measurement {
  return {
    dataset: 'counties', scenario: 'cold', connections: 8, peer, ours: peer === 'ours', comparable: true,
    requestsPerSecond: 3_000, p50: 0.6, p99: 2, cpuMs: 0.2, ...figures,
  }; // prettier-ignore
}

describe('what a benchmark has to show', () => {
  it('is kept at the bound itself, beside Martin, and needs less for points', () => {
    const martin = { requestsPerSecond: 1_000, p50: 1, p99: 10, cpuMs: 0.4 };
    const kept = verdicts([row('ours', {}), row('martin', martin)], BASELINE);
    assert.deepEqual(
      kept.map(({ bound }) => bound),
      ['req/s ≥ 3×', 'p50 ≤ 0.6×', 'p99 ≤ 0.2×', 'CPU/tile ≤ 0.5×'],
    );
    assert.ok(kept.every((one) => one.kept));

    const worse = { requestsPerSecond: 2_999, p50: 0.61, p99: 2.01, cpuMs: 0.201 };
    const missed = verdicts([row('ours', worse), row('martin', martin)], BASELINE);
    assert.ok(missed.every((one) => !one.kept));

    const points = { dataset: 'points', requestsPerSecond: 2_000 };
    const [fast] = verdicts([row('ours', points), row('martin', { ...martin, dataset: 'points' })], BASELINE);
    assert.equal(fast?.bound, 'req/s ≥ 2×');
    assert.ok(fast.kept);
  });

  it('is missed where ours is only as good as plain ST_AsMVT, or where something is not known', () => {
    const same = verdicts([row('ours', {}), row(BASELINE, {})], BASELINE);
    assert.deepEqual(
      same.map(({ kept }) => kept),
      [false, false, false, false],
    );
    const unknown = verdicts(
      [row('ours', { cpuMs: undefined }), row(BASELINE, { requestsPerSecond: 1 })],
      BASELINE,
    );
    assert.deepEqual(
      unknown.map(({ kept }) => kept),
      [true, false, false, false],
    );
  });

  it('is asked of 8 and 32 connections that nothing is kept for, of other servers not at all', () => {
    const others = [{ connections: 1 }, { connections: 128 }, { scenario: 'cached' }];
    const rows = others.flatMap((own) => [row('ours', own), row('martin', own)]);
    assert.deepEqual(verdicts([...rows, row('ours', {}), row('tipg', {})], BASELINE), []);
  });

  it('names the figures in which another is ahead', () => {
    const ours = row('ours', {});
    assert.deepEqual(aheadIn(row('tipg', { requestsPerSecond: 3_001, p99: 1.9 }), ours), ['req/s', 'p99']);
    assert.deepEqual(aheadIn(row('tipg', { cpuMs: undefined }), ours), []);
  });
});
