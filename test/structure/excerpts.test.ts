import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { projectPath } from '../../server/tools/paths.ts';

const read = (...path: string[]): string => readFileSync(projectPath(...path), 'utf8');
const dense = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();
/** Code that names the file it is from; `// …` stands for what is left out. */
const EXCERPT = /```ts\n *\/\/ (\S+)\n([\s\S]*?)```/g;

describe('CONTRIBUTING.md', () => {
  const page = read('CONTRIBUTING.md');

  it('shows code that is there', () => {
    const excerpts = [...page.matchAll(EXCERPT)];
    assert.ok(excerpts.length >= 4);
    for (const [, file = '', code = ''] of excerpts) {
      const source = dense(read(...file.split('/')));
      for (const part of code.split(/^ *\/\/ …$/m))
        assert.ok(source.includes(dense(part)), `${file}:\n${part}`);
    }
  });

  it('has a command for all that CI checks', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const all = scripts.check!.replace('npm run --silent lint', scripts.lint!);
    const checked = all.split(' && ').map((part) => part.replace('npm run --silent ', 'npm run '));
    const ci = [...read('.ci', 'run').matchAll(/^(?:\w+=\w+ )?npm (?:run --silent ([\w:]+)|test)/gm)].map(
      ([, script]) => (script === undefined ? 'npm test' : `npm run ${script}`),
    );
    // CI builds beside lint what `npm test` builds by itself.
    assert.deepEqual([...checked, 'npm run prepare'].sort(), ci.sort());
  });
});
