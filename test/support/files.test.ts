import assert from 'node:assert/strict';
import { testFiles, usesDatabase, usesDemo } from './files.ts';

describe('test files', () => {
  it('ask for a database where they import one, through whatever helper', () => {
    for (const [file, asks] of [
      ['test/audit/audit.test.ts', true],
      ['test/web/find.test.ts', true],
      ['test/doctor/doctor.test.ts', true],
      ['test/config/config.test.ts', false],
      ['test/engine/cutting/clip.test.ts', false],
    ] as const)
      assert.equal(usesDatabase(file), asks, file);
  });

  it('use the demo data where they ask for its server', () => {
    assert.ok(usesDemo('test/choropleth/figures/values.test.ts'));
    assert.ok(!usesDemo('test/audit/audit.test.ts'));
  });

  it('are each in one of the two lists', () => {
    const { onDatabases, without } = testFiles();
    assert.ok(onDatabases.length > 100 && without.includes('test/support/files.test.ts'));
    assert.deepEqual(
      onDatabases.filter((file) => without.includes(file)),
      [],
    );
  });
});
