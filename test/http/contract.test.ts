import { readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import { projectPath } from '../../server/tools/paths.ts';
import { demoServer, type TestServer } from '../support/environment.ts';

interface Operation {
  parameters?: { name: string; in: string; required: boolean }[];
  responses: Record<string, unknown>;
}

/**
 * What clients and dashboards stand on, a line each: `GET /tiles/{layers}.json path layers required`,
 * `METRIC chorograph_ready gauge`. More may come at any time; whoever takes something away does so knowingly, here.
 */
const KNOWN = readFileSync(projectPath('test', 'http', 'contract.txt'), 'utf8')
  .trim()
  .split('\n');

describe('what is promised', () => {
  let server: TestServer;
  before(async function () {
    server = await demoServer();
  });

  it('of paths, their parameters and answers is kept', async () => {
    const { body } = await server.api.get('/openapi.json').expect(200);
    const { paths } = body as { paths: Record<string, Record<string, Operation>> };
    const present = Object.entries(paths).flatMap(([path, operations]) =>
      Object.entries(operations).flatMap(([method, operation]) =>
        linesOf(`${method.toUpperCase()} ${path}`, operation),
      ),
    );
    assert.deepEqual(
      missing(present, (line) => !line.startsWith('METRIC ')),
      [],
    );
  });

  it('of metrics, their names and types is kept', async () => {
    const { text } = await server.api.get('/metrics').expect(200);
    const present = [...text.matchAll(/^# TYPE (chorograph_\w+) (\w+)$/gm)].map(
      ([, name, type]) => `METRIC ${name} ${type}`,
    );
    assert.deepEqual(
      missing(present, (line) => line.startsWith('METRIC ')),
      [],
    );
  });
});

function linesOf(name: string, { parameters = [], responses }: Operation): string[] {
  return [
    name,
    ...parameters.map((one) => `${name} ${one.in} ${one.name}${one.required ? ' required' : ''}`),
    ...Object.keys(responses).map((status) => `${name} answers ${status}`),
  ];
}

function missing(present: readonly string[], isAbout: (line: string) => boolean): string[] {
  const known = new Set(present);
  return KNOWN.filter((line) => isAbout(line) && !known.has(line));
}
