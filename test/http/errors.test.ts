import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { AppError, ERRORS } from '../../server/errors.ts';
import { databaseError, schemaChanged } from '../../server/db/sqlstate.ts';
import { problemOf, toAppError } from '../../server/http/answers/problem.ts';
import { projectPath } from '../../server/tools/paths.ts';

describe('errors', () => {
  it('are all explained in docs/errors.md, with their status', () => {
    const page = readFileSync(projectPath('docs', 'errors.md'), 'utf8');
    const documented = [...page.matchAll(/^### `(\w+)` \((\d+)\)$/gm)].map(([, code, status]) => [
      code,
      Number(status),
    ]);
    assert.deepEqual(
      documented,
      Object.entries(ERRORS).map(([code, [status]]) => [code, status]),
    );
  });

  it('tell nothing of the inside when they are unexpected', () => {
    const problem = problemOf(toAppError(new Error('password of user postgres at /srv/app')), 'r1');
    assert.deepEqual(problem, {
      type: '/docs/errors#internal',
      title: 'Something went wrong on the server',
      status: 500,
      code: 'internal',
      requestId: 'r1',
    });
  });

  it('keep an AppError as it is', () => {
    const error = new AppError('layer_not_found', { detail: 'there is no layer x' });
    assert.equal(toAppError(error), error);
  });
});

describe('SQLSTATE', () => {
  const cases: [string, unknown, string][] = [
    ['a lost connection', { code: '08006' }, 'database_unavailable'],
    ['too many connections', { code: '53300' }, 'database_busy'],
    ['a statement timeout', { code: '57014' }, 'query_timeout'],
    ['a server that shuts down', { code: '57P01' }, 'database_unavailable'],
    ['a lock timeout', { code: '55P03' }, 'database_busy'],
    ['a deadlock', { code: '40P01' }, 'database_busy'],
    ['a dropped table', { code: '42P01' }, 'layer_query_failed'],
    ['a dropped column', { code: '42703' }, 'layer_query_failed'],
    ['a PostGIS failure', { code: 'XX000' }, 'layer_query_failed'],
    ['a syntax error of ours', { code: '42601' }, 'internal'],
    ['a refused connection', { code: 'ECONNREFUSED' }, 'database_unavailable'],
    ['two refused addresses', new AggregateError([]), 'database_unavailable'],
    ['a full pool', new Error('timeout exceeded when trying to connect'), 'database_busy'],
    ['a query that never answered', new Error('Query read timeout'), 'query_timeout'],
    ['a connection cut in a query', new Error('Connection terminated unexpectedly'), 'database_unavailable'],
    ['anything else', new Error('odd'), 'internal'],
  ];
  for (const [what, thrown, code] of cases) {
    it(`maps ${what} to ${code}`, () => assert.equal(databaseError(thrown).code, code));
  }

  it('tells when the catalogue is out of date', () => {
    assert.equal(schemaChanged(databaseError({ code: '42703' })), true);
    assert.equal(schemaChanged(databaseError({ code: '57014' })), false);
  });
});
