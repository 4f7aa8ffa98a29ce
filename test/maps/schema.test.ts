import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import { parse } from 'yaml';
import { readMaps } from '../../server/maps.ts';
import type { JsonSchema } from '../../server/maps/schema.ts';
import { projectPath } from '../../server/tools/paths.ts';
import { chorograph } from '../cli/support.ts';
import { demoServer } from '../support/environment.ts';

type Tree = Record<string, unknown>;

/** Every text of the project that may be a `maps.yaml`: files, excerpts in the documentation, those that tests are made of. */
function texts(): { where: string; text: string }[] {
  const files = (folder: string, ending: string): string[] =>
    readdirSync(projectPath(folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith(ending))
      .map((file) => join(folder, file));
  const read = (file: string): string => readFileSync(projectPath(file), 'utf8');
  const within = (all: string[], pattern: RegExp) =>
    all.flatMap((where) => [...read(where).matchAll(pattern)].map(([, text = '']) => ({ where, text })));
  return [
    ...['maps.yaml', 'data/maps.yaml', 'sql/packs/santri/maps.yaml'].map((where) => ({
      where,
      text: read(where),
    })),
    ...within(['README.md', ...files('docs', '.md')], /```yaml\n([\s\S]*?)```/g),
    ...within(files('test', '.ts'), /`(\s*(?:\w+:|#)[^`$]*)`/g),
  ];
}

/** Those that the server reads. */
const VALID = texts().flatMap(({ where, text }) => {
  try {
    readMaps(text);
    const tree = parse(text) as Tree | null;
    return tree && Object.keys(tree).length > 0 ? [{ where, tree }] : [];
  } catch {
    return [];
  }
});

/** The tree once for each of its keys, with that misspelt. */
function* misspelt(tree: unknown, path: string[] = []): Generator<{ path: string[]; tree: unknown }> {
  if (tree === null || typeof tree !== 'object' || Array.isArray(tree)) return;
  for (const [key, value] of Object.entries(tree)) {
    const others = Object.entries(tree).filter(([other]) => other !== key);
    yield { path: [...path, key], tree: Object.fromEntries([...others, [`${key}x`, value]]) };
    for (const inner of misspelt(value, [...path, key]))
      yield { path: inner.path, tree: { ...tree, [key]: inner.tree } };
  }
}

/** Whether a key at this place is a word of the file and not somebody's own: an id, a column, a pattern. */
const isWord = ([section = '', , ...rest]: readonly string[]): boolean =>
  rest.length > 0
    ? !/(^|\.)(metrics|text|group|sums)\.[^.]+$/.test(rest.join('.')) && section !== 'access'
    : false;

describe('the JSON Schema of maps.yaml', () => {
  const schema = readMaps.schema();
  const ajv = new Ajv({ allErrors: true, strict: false });
  const validate: ValidateFunction = ajv.compile(schema);

  it('accepts what the server reads: the demo’s, the documentation’s, those of all tests', () => {
    const sources = VALID.map(({ where }) => where);
    assert.ok(sources.length > 40, `${sources.length} found`);
    for (const file of ['data/maps.yaml', 'sql/packs/santri/maps.yaml', 'README.md'])
      assert.ok(sources.includes(file), file);
    const refused = VALID.flatMap(({ where, tree }) =>
      validate(tree) ? [] : [`${where}: ${ajv.errorsText(validate.errors)}`],
    );
    assert.deepEqual(refused, []);
  });

  it('refuses each of their words where it is misspelt', () => {
    let count = 0;
    for (const { where, tree } of VALID.filter(({ where }) => !where.startsWith('test/')))
      for (const { path, tree: wrong } of misspelt(tree)) {
        if (path.length === 1 || isWord(path)) {
          count += 1;
          assert.equal(validate(wrong), false, `${where}: ${path.join('.')}`);
        }
      }
    assert.ok(count > 100, `${count} words`);
  });

  it('says of every key what it means, and of none that is not there', () => {
    const silent: string[] = [];
    const walk = (place: JsonSchema, path: string): void => {
      for (const alternative of place.anyOf ?? []) walk(alternative, path);
      for (const [key, inner] of Object.entries(place.properties ?? {})) {
        if (!inner.description) silent.push(`${path}${key}`);
        walk(inner, `${path}${key}.`);
      }
      const more = [place.additionalProperties, place.items].flat();
      for (const inner of more) if (typeof inner === 'object') walk(inner as JsonSchema, `${path}*.`);
    };
    walk(schema, '');
    assert.deepEqual(silent, []);
  });

  it('is served, and printed', async function () {
    const server = await demoServer();
    const { body, headers } = await server.api.get('/schemas/maps.json').buffer(true).expect(200);
    assert.match(String((headers as Record<string, string>)['content-type']), /^application\/schema\+json/);
    assert.deepEqual(body, schema);
    const { code, out } = await chorograph(['schema']);
    assert.equal(code, 0);
    assert.deepEqual(JSON.parse(out), schema);
  });
});
