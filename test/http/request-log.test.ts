import assert from 'node:assert/strict';
import express from 'express';
import { pino } from 'pino';
import request from 'supertest';
import { requestLog } from '../../server/http/requests/request-log.ts';
import type { Startup } from '../../server/startup-state.ts';

const LEVELS: Readonly<Record<number, string>> = pino.levels.labels;

/** The level of the line of an answer with a status, at a path, of a server that has come so far. */
async function levelOf(
  startup: Pick<Startup, 'state' | 'reason'>,
  status: number,
  path = '/layers',
): Promise<string | undefined> {
  const lines: string[] = [];
  const log = pino({ level: 'trace' }, { write: (line: string) => lines.push(line) });
  const app = express();
  const answered = new Promise<void>((resolve) => {
    app.use(requestLog({ observe: () => resolve(), startup }, log));
  });
  app.use((_req, res) => {
    res.sendStatus(status);
  });
  await request(app).get(path);
  await answered;
  const [line = '{}', ...others] = lines;
  assert.deepEqual(others, []);
  return LEVELS[(JSON.parse(line) as { level: number }).level];
}

describe('the line of an answer', () => {
  it('is of the level that its status has, and of what is asked for all the time not seen', async () => {
    const startup = { state: 'ready' } as const;
    assert.equal(await levelOf(startup, 200), 'info');
    assert.equal(await levelOf(startup, 404), 'warn');
    assert.equal(await levelOf(startup, 503), 'error');
    assert.equal(await levelOf(startup, 200, '/tiles/a/0/0/0.mvt'), 'debug');
    assert.equal(await levelOf(startup, 503, '/health/ready'), 'error');
  });

  it('is no error where a server that starts has whoever asks come again', async () => {
    const startup = { state: 'starting' } as const;
    assert.equal(await levelOf(startup, 503), 'info');
    assert.equal(await levelOf(startup, 503, '/health/ready'), 'debug');
    assert.equal(await levelOf(startup, 500), 'error');
  });

  it('is one where something keeps it from starting', async () => {
    assert.equal(await levelOf({ state: 'starting', reason: 'no connection' }, 503), 'error');
  });
});
