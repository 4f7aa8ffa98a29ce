import { existsSync, readFileSync } from 'node:fs';
import { isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { z } from 'zod';
import { capabilities, type CapabilityMaps } from './capabilities.ts';
import type { Added, MapsPart, Problem } from './maps-part.ts';
import { ConfigError } from './settings.ts';

const parts: readonly MapsPart[] = capabilities.flatMap(({ maps }) => maps ?? []);
const added: Added = (slot) => Object.assign({}, ...parts.map(({ adds }) => adds?.[slot]));

/** `maps.yaml`: what SQL cannot say, as the capabilities read it. */
const schema = z.strictObject(
  Object.assign({}, ...parts.map(({ sections }) => sections?.(added))) as z.ZodRawShape,
);

export type Maps = CapabilityMaps;

/**
 * Parses the text of a `maps.yaml`.
 * @throws ConfigError with every error at once, each with its line and its path in the file.
 */
export function readMaps(text: string, file = 'maps.yaml'): Maps {
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
    ...(parsed.success ? [] : parsed.error.issues.flatMap(describeIssue)),
    ...parts.flatMap(({ checkAnyway }) => checkAnyway?.(raw) ?? []),
    ...(parsed.success ? parts.flatMap(({ check }) => check?.(parsed.data as never) ?? []) : []),
  ];
  if (parsed.success && problems.length === 0) return parsed.data as unknown as Maps;
  throw new ConfigError(
    problems
      .map(({ path, text: problem }) => ({
        line: lineOf(document, lines, path),
        text: `${path.join('.') || '(top level)'}${problem}`,
      }))
      .sort((a, b) => a.line - b.line)
      .map(({ line, text: problem }) => `${file}:${line}: ${problem}`),
  );
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

/** The maps of a file; a missing file means none, as layers are served without any. */
export function loadMaps(file: string): Maps {
  return existsSync(file) ? readMaps(readFileSync(file, 'utf8'), file) : readMaps('');
}

function describeIssue(issue: z.core.$ZodIssue): Problem[] {
  const { path } = issue;
  if (issue.code === 'unrecognized_keys')
    return issue.keys.map((key) => ({ path: [...path, key], text: ': there is no such key' }));
  // The sentence of a wrong type is zod's own and complete; ours continue "must be".
  return [{ path, text: `${issue.message.startsWith('Invalid') ? ':' : ' must be'} ${issue.message}` }];
}
