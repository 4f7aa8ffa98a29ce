/** A JSON Schema, as far as it is shown. */
export interface Schema {
  type?: string | readonly string[];
  enum?: readonly unknown[];
  const?: unknown;
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  minimum?: number;
  maximum?: number;
  maxLength?: number;
  pattern?: string;
  default?: unknown;
  example?: unknown;
  examples?: readonly unknown[];
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  items?: Schema;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query';
  required: boolean;
  description?: string;
  example?: unknown;
  examples?: { aside?: { value: unknown } };
  schema: Schema;
  /** Stands for any names, which the database knows. */
  explode?: boolean;
}

export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly tags: readonly string[];
  readonly summary: string;
  readonly parameters: readonly Parameter[];
  readonly security?: readonly object[];
  readonly requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { description: string; content?: Readonly<Record<string, unknown>> }>
  >;
}

export interface OpenApi {
  paths: Readonly<Record<string, Readonly<Record<string, Omit<Operation, 'path' | 'method'>>>>>;
}

/** What somebody filled in: values by the names of parameters; those left empty are not sent. */
export interface Filled {
  readonly values: Readonly<Record<string, string>>;
  readonly body: string;
  /** What the answer is to be, where there are several. */
  readonly accept: string;
}

export const operationsOf = ({ paths }: OpenApi): Operation[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ ...operation, path, method })),
  );

/** What most people come for, and what hardly anybody does; the rest is between them as in the document. */
const FIRST = ['choropleths', 'tiles', 'features', 'search', 'embed', 'ogc', 'archives', 'base map'];
const LAST = ['santri', 'operations'];

/** Operations by their first tag, the most wanted first. */
export function byTag(operations: readonly Operation[]): [tag: string, operations: Operation[]][] {
  const tags = new Map<string, Operation[]>();
  for (const operation of operations) {
    const [tag = ''] = operation.tags;
    tags.set(tag, [...(tags.get(tag) ?? []), operation]);
  }
  const rank = (tag: string): number =>
    FIRST.includes(tag) ? FIRST.indexOf(tag) - FIRST.length : LAST.indexOf(tag) + 1;
  return [...tags].sort(([a], [b]) => rank(a) - rank(b));
}

/** Whether it may change something, and is not sent by one press. */
export const changes = ({ method }: Operation): boolean => !['get', 'head', 'options'].includes(method);

/** An example of a parameter as it is typed. */
export function exampleOf({ example, examples }: Parameter): string {
  const value = example ?? examples?.aside?.value;
  if (value === undefined) return '';
  return typeof value === 'object'
    ? new URLSearchParams(value as Record<string, string>).toString()
    : String(value);
}

/** Where to begin: what a path does not go without. */
export const firstValues = ({ parameters }: Operation): Record<string, string> =>
  Object.fromEntries(
    parameters.filter(({ required }) => required).map((parameter) => [parameter.name, exampleOf(parameter)]),
  );

/** The address of a request, from the root of the site and without a slash before it. */
export function addressOf({ path, parameters }: Operation, values: Filled['values']): string {
  const search = new URLSearchParams();
  let address = path;
  for (const { name, in: place, explode } of parameters) {
    const value = values[name]?.trim() ?? '';
    // Layers are named one after the other with commas, and ids may have them.
    if (place === 'path')
      address = address.replace(`{${name}}`, encodeURIComponent(value).replaceAll('%2C', ','));
    else if (value !== '' && explode)
      for (const [column, wanted] of new URLSearchParams(value)) search.append(column, wanted);
    else if (value !== '') search.append(name, value);
  }
  const query = search.toString().replaceAll('%2C', ',');
  return address.slice(1) + (query === '' ? '' : `?${query}`);
}

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

/** The same request for a terminal; the key is named there, not written. */
export function curlOf(operation: Operation, filled: Filled, base: string, withKey: boolean): string {
  const parts = ['curl'];
  if (operation.method !== 'get') parts.push(`-X ${operation.method.toUpperCase()}`);
  if (withKey) parts.push('-H "X-API-Key: $CHOROGRAPH_KEY"');
  if (filled.accept !== '') parts.push(`-H ${quoted(`Accept: ${filled.accept}`)}`);
  if (filled.body !== '') {
    parts.push(`-H ${quoted(`Content-Type: ${bodyType(operation)}`)}`);
    parts.push(`-d ${quoted(filled.body)}`);
  }
  parts.push(quoted(base + addressOf(operation, filled.values)));
  return parts.join(parts.length > 3 ? ' \\\n  ' : ' ');
}

export const bodyType = ({ requestBody }: Operation): string =>
  Object.keys(requestBody?.content ?? {})[0] ?? 'application/json';

/** What its body may be like. */
export function exampleBody({ requestBody }: Operation): string {
  const [first] = Object.values(requestBody?.content ?? {});
  return first ? JSON.stringify(exampleOfSchema(first.schema), null, 2) : '';
}

function exampleOfSchema(schema: Schema): unknown {
  const {
    example,
    examples,
    default: usual,
    enum: allowed,
    anyOf,
    oneOf,
    properties,
    required = [],
  } = schema;
  const given = [example, examples?.[0], schema.const, usual, allowed?.[0]].find(
    (value) => value !== undefined,
  );
  if (given !== undefined) return given;
  const [one] = anyOf ?? oneOf ?? [];
  if (one) return exampleOfSchema(one);
  if (properties) {
    const shown = Object.entries(properties).filter(
      ([name, { example, examples }]) => required.includes(name) || (example ?? examples) !== undefined,
    );
    return Object.fromEntries(shown.map(([name, property]) => [name, exampleOfSchema(property)]));
  }
  if (schema.items) return [exampleOfSchema(schema.items)];
  const [type] = [schema.type].flat();
  return (
    { string: '', number: 0, integer: 0, boolean: false, array: [], object: {} }[type ?? 'object'] ?? null
  );
}

/** A schema in a few words: `integer, 2 to 9, default 5`. */
export function schemaWords({
  type,
  enum: allowed,
  minimum,
  maximum,
  maxLength,
  default: usual,
  ...more
}: Schema): string {
  const alternatives = [...(more.anyOf ?? []), ...(more.oneOf ?? [])].map(schemaWords).filter(Boolean);
  const parts = [
    alternatives.length > 0 ? alternatives.join(' | ') : allowed ? '' : [type ?? ''].flat().join(' | '),
    minimum !== undefined || (maximum !== undefined && maximum < Number.MAX_SAFE_INTEGER)
      ? `${minimum ?? ''}…${maximum ?? ''}`
      : '',
    maxLength === undefined ? '' : `≤ ${maxLength}`,
    usual === undefined
      ? ''
      : `= ${typeof usual === 'object' ? JSON.stringify(usual) : String(usual as string)}`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** Where somebody is in the page, as it stands behind `#`: `/get/tiles/{layers}.json?layers=roads`. */
export function hashOf({ method, path }: Operation, values: Filled['values']): string {
  const filled = Object.entries(values).filter(([, value]) => value !== '');
  const query = new URLSearchParams(filled).toString();
  return `#/${method}${path}${query === '' ? '' : `?${query}`}`;
}

/** The reverse of `hashOf`; undefined where there is no such operation. */
export function readHash(
  hash: string,
  operations: readonly Operation[],
): { operation: Operation; values: Record<string, string> | undefined } | undefined {
  const [, method, address = ''] = /^#\/(\w+)(\/.*)$/.exec(decodeBraces(hash)) ?? [];
  const [path, query] = address.split('?', 2);
  const operation = operations.find((one) => one.method === method && one.path === path);
  if (!operation) return undefined;
  const values = query === undefined ? undefined : Object.fromEntries(new URLSearchParams(query));
  return { operation, values };
}

/** Browsers write braces as they like. */
const decodeBraces = (hash: string): string => hash.replaceAll(/%7B/gi, '{').replaceAll(/%7D/gi, '}');
