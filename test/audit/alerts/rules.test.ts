import assert from 'node:assert/strict';
import { alertRules } from '../../../server/audit/alerts/rules.ts';

describe('rules of alerts', () => {
  it('are read, or refused with what would be right', () => {
    assert.deepEqual(alertRules.parse('critical>=1/5m, error>=10/1h'), [
      { text: 'critical>=1/5m', severity: 'critical', atLeast: 1, windowS: 300 },
      { text: 'error>=10/1h', severity: 'error', atLeast: 10, windowS: 3_600 },
    ]);
    for (const wrong of [
      'critical',
      'fatal>=1/5m',
      'error>=0/5m',
      'error>=1/0m',
      'error>=1/60d',
      'error>1/5m',
    ])
      assert.throws(() => alertRules.parse(wrong), /rules such as critical>=1\/5m/, wrong);
  });
});
