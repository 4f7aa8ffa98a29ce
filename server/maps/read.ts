import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import type { Added, MapsPart, Problem } from '../maps-part.ts';
import { didYouMean } from '../tools/nearest.ts';
import { mapsSchema, type JsonSchema } from './schema.ts';
import { ConfigError } from '../settings.ts';

export interface ReadMaps<Maps extends object> {
  /**
   * Parses the text of a `maps.yaml`.
   * @throws ConfigError with every error at once, each with its line and its path in the file.
   */
  (text: string, file?: string): Maps;
  /** What may stand in it, for editors. */
  readonly schema: () => JsonSchema;
}

/** Reads `maps.yaml` as the capabilities do whose parts these are. */
export function mapsReader<Maps extends object>(parts: readonly MapsPart[]): ReadMaps<Maps> {
  const schema = schemaOf(parts);
  const read = (text: string, file = 'maps.yaml'): Maps => {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, uniqueKeys: true });
    if (document.errors.length > 0) {
      throw new ConfigError(
        document.errors.map(
          ({ linePos, message }) => `${file}:${linePos?.[0].line ?? 1}: ${message.split(' at line ')[0]}`,
        ),
      );
    }
    const raw: unknown = document.toJS() ?? {};
    const parsed = schema.safeParse(raw);
    const problems: Problem[] = [
      ...(parsed.success ? [] : parsed.error.issues.flatMap((issue) => describeIssue(schema, issue))),
      ...parts.flatMap(({ checkAnyway }) => checkAnyway?.(raw) ?? []),
      ...(parsed.success ? parts.flatMap(({ check }) => check?.(parsed.data as never) ?? []) : []),
    ];
    if (parsed.success && problems.length === 0) {
      locators.set(parsed.data, (path) => `${file}:${lineOf(document, lines, path)}`);
      return parsed.data as Maps;
    }
    throw new ConfigError(
      problems
        .map(({ path, text: problem }) => ({
          line: lineOf(document, lines, path),
          text: `${path.join('.') || '(top level)'}${problem}`,
        }))
        .sort((a, b) => a.line - b.line)
        .map(({ line, text: problem }) => `${file}:${line}: ${problem}`),
    );
  };
  return Object.assign(read, { schema: () => mapsSchema(schema, parts) });
}

function schemaOf(parts: readonly MapsPart[]): z.ZodObject {
  const added: Added = (slot) => Object.assign({}, ...parts.map(({ adds }) => adds?.[slot]));
  return z.strictObject(
    Object.assign({}, ...parts.map(({ sections }) => sections?.(added))) as z.ZodRawShape,
  );
}

const locators = new WeakMap<object, (path: readonly PropertyKey[]) => string>();

/** The same entries in another object: they stand where they stood. */
export function placedLike<Maps extends object>(from: Maps, to: Maps): Maps {
  const locator = locators.get(from);
  if (locator) locators.set(to, locator);
  return to;
}

/** Where in its file something stands that maps say: `maps.yaml:12`. */
export function located(maps: object, path: readonly PropertyKey[]): string {
  return locators.get(maps)?.(path) ?? 'maps.yaml';
}

/** The line of the key that a path ends in, or of the nearest one above it that is there. */
function lineOf(document: Document.Parsed, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const last = path[length - 1];
    const node = isMap(parent)
      ? parent.items.map(({ key }) => key).find((key) => isScalar(key) && key.value === last)
      : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function describeIssue(schema: z.ZodObject, issue: z.core.$ZodIssue): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({
      path: [...path, key],
      text: `: there is no such key${didYouMean(key, keysAt(schema, path))}`,
    }));
  // The sentence of a wrong type is zod's own and complete; ours continue "must be".
  return [{ path, text: `${issue.message.startsWith('Invalid') ? ':' : ' must be'} ${issue.message}` }];
}

/** The keys that may stand at a place of the file. */
function keysAt(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
  const whole = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const at = path.reduce<JsonSchema | undefined>((outer, key) => {
    const entries = outer?.additionalProperties;
    return outer?.properties?.[String(key)] ?? (typeof entries === 'object' ? entries : undefined);
  }, whole);
  return Object.keys(at?.properties ?? {});
}
