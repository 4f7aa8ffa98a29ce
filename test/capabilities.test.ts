import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { capabilities } from '../server/capabilities.ts';
import { projectPath } from '../server/tools/paths.ts';

/** What stands more than once. */
const repeated = (names: readonly string[]): string[] => names.filter((name, i) => names.indexOf(name) !== i);

describe('the list of capabilities', () => {
  it('has nothing twice: names, variables, events, migrations, checks, commands', () => {
    const each: [string, string[]][] = [
      ['names', capabilities.map(({ name }) => name)],
      ['variables', capabilities.flatMap(({ settings }) => Object.keys(settings?.environment ?? {}))],
      ['events', capabilities.flatMap(({ events }) => Object.keys(events ?? {}))],
      ['migrations', capabilities.flatMap(({ migrations }) => migrations ?? [])],
      ['checks', capabilities.flatMap(({ checks }) => Object.keys(checks ?? {}))],
      ['commands', capabilities.flatMap(({ commands }) => commands?.map(({ name }) => name) ?? [])],
    ];
    for (const [what, names] of each) assert.deepEqual(repeated(names), [], what);
  });

  it('shares out the migrations: each is there, and has an owner', () => {
    const files = readdirSync(projectPath('sql', 'migrations')).map((file) => file.replace(/\.sql$/, ''));
    const owned = capabilities.flatMap(({ migrations }) => migrations ?? []);
    assert.deepEqual([...owned].sort(), files.sort());
  });
});
