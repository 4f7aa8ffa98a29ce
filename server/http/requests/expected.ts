import type { z } from 'zod';

/** One thing that a request has and should not have, or the other way round. Reads "`parameter` must be `expected`". */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly expected: string;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'a JSON object',
  record: 'a JSON object',
  array: 'a list',
  null: 'null',
};

/** What completes "x must be …" where a schema does not say it itself; Zod's own words are whole sentences. */
const expectedOf: z.core.$ZodErrorMap = (issue) => {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? `of type ${issue.expected}`;
    case 'invalid_value':
      return issue.values.map(String).join(' or ');
    case 'too_small':
      return `${Number(issue.minimum)} at least${inUnits(issue.origin)}`;
    case 'too_big':
      return `${Number(issue.maximum)} at most${inUnits(issue.origin)}`;
    case 'unrecognized_keys':
      return 'left out: there is no such member';
    default:
      return 'of the documented form';
  }
};

const inUnits = (origin: string): string =>
  origin === 'string' ? ' (characters)' : origin === 'array' ? ' (items)' : '';

/** What is wrong, each fault once and each member that nobody knows by its name; undefined where nothing is. */
export function faultsOf<Schema extends z.ZodType>(
  schema: Schema,
  input: unknown,
): { data: z.output<Schema>; faults?: never } | { faults: Fault[]; data?: never } {
  const parsed = schema.safeParse(input, { error: expectedOf });
  if (parsed.success) return { data: parsed.data };
  const all = parsed.error.issues.flatMap(({ path, message: expected, ...issue }) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: [...path, key], expected }))
      : [{ path, expected }],
  );
  const once = new Map(all.map((fault) => [JSON.stringify([fault.path.map(String), fault.expected]), fault]));
  return { faults: [...once.values()] };
}
