import assert from 'node:assert/strict';
import { drawing, foldersOf } from '../../scripts/structure/drawing.ts';

const FLOORS = [
  { name: 'top', what: 'first', files: ['^server/[^/]+\\.ts$'] },
  { name: 'middle', what: 'second', files: ['^server/(?!low)[^/]+/'] },
  { name: 'bottom', what: 'third', files: ['^server/low/'] },
];
const modules = (...imports: [from: string, to: string][]) =>
  imports.map(([from, to]) => ({
    source: `server/${from}.ts`,
    dependencies: [{ resolved: `server/${to}.ts` }],
  }));

const arrows = (picture: string): string[] =>
  picture.split('\n').flatMap((line) => (line.includes('-->') ? line.trim() : []));

describe('the picture of the structure', () => {
  it('has a box for each folder, on its floor, and an arrow for each import between folders', () => {
    const picture = drawing(
      foldersOf(modules(['main', 'a/one'], ['a/one', 'a/two'], ['a/two', 'low/x']), FLOORS),
    );
    assert.deepEqual(arrows(picture), ['middle_a --> bottom_low', 'top_files --> middle_a']);
    assert.match(picture, /subgraph middle \["middle: second"\]\n {4}middle_a\["a"\]\n {2}end/);
  });

  it('leaves out an arrow that others imply', () => {
    const picture = drawing(
      foldersOf(modules(['main', 'a/one'], ['a/one', 'low/x'], ['main', 'low/x']), FLOORS),
    );
    assert.deepEqual(arrows(picture), ['middle_a --> bottom_low', 'top_files --> middle_a']);
  });

  it('cannot be drawn of a file that is on no floor', () => {
    assert.throws(() => foldersOf(modules(['a/one', 'a/two']), FLOORS.slice(2)), /a\/one\.ts is on no floor/);
  });
});
