import type { Column } from '../../catalog/types.ts';
import type { Editable } from '../editable.ts';
import type { Facts } from '../facts.ts';
import { fault, type Fault } from './fault.ts';
import { readGeometry, type GeometryRules, type GivenGeometry } from './geometry.ts';
import { expectedOf } from './values.ts';

/** `replace` says all of a feature, `update` what is to be another (RFC 7396). */
export type Mode = 'create' | 'replace' | 'update';

/** A body as it came: an object, of whatever. */
export type Given = Readonly<Record<string, unknown>>;

/** What is to be written. */
export interface Written {
  /** Of the feature, where the request says it. */
  readonly id: string | undefined;
  readonly values: ReadonlyMap<string, unknown>;
  /** Columns that get what they have by themselves. */
  readonly defaults: readonly string[];
  /** Undefined where it stays, or is the database's to say. */
  readonly geometry: GivenGeometry | null | undefined;
  /** Values of what cannot be written, which are right where they are what is there already. */
  readonly echoes: readonly (readonly [name: string, value: unknown])[];
}

export interface Reading {
  readonly editable: Editable;
  readonly facts: Facts;
  readonly mode: Mode;
  readonly rules: Omit<GeometryRules, 'type'>;
}

/** Holds a feature, or a merge patch of one, against the table. Pure. */
export function readFeature(
  given: Given,
  reading: Reading,
): { readonly written: Written; readonly faults: readonly Fault[] } {
  const { editable, mode } = reading;
  const faults: Fault[] = [...memberFaults(given, mode)];
  const properties = isObject(given.properties) ? given.properties : {};
  if (
    given.properties !== undefined &&
    !isObject(given.properties) &&
    (given.properties !== null || mode === 'update')
  )
    faults.push(fault('properties', given.properties, 'an object'));
  const values = new Map<string, unknown>();
  const echoes: [string, unknown][] = [];
  for (const [name, value] of Object.entries(properties)) {
    const column = editable.layer.columns.find((each) => each.name === name);
    const wrong = column
      ? undefined
      : fault(`properties.${name}`, value, `a property of the layer: ${names(editable)}`);
    if (wrong) faults.push(wrong);
    else if (isWritable(name, reading)) faults.push(...take(column!, value, reading, values));
    else if (mode !== 'create') echoes.push([name, value]);
    else if (value !== null && name !== editable.key) faults.push(notWritable(name, value));
  }
  const id = idOf(given, properties, reading, faults);
  if (mode === 'create' && id !== undefined) values.set(editable.key, id);
  const defaults = mode === 'update' ? [] : missing(reading, values, faults);
  const geometry = geometryOf(given, reading, faults);
  return { written: { id, values, defaults, geometry, echoes }, faults };
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const names = ({ layer }: Editable): string => layer.columns.map(({ name }) => name).join(', ');

export const notWritable = (name: string, value: unknown): Fault =>
  fault(`properties.${name}`, value, 'left out, or as it is: it is not edited');

function memberFaults(given: Given, mode: Mode): Fault[] {
  const { type } = given;
  if (mode !== 'update' || type !== undefined) {
    if (type === 'FeatureCollection')
      return [fault('type', type, 'Feature; several at once are sent to bulk')];
    if (type !== 'Feature') return [fault('type', type, 'Feature')];
  }
  if (mode !== 'update') return []; // foreign members are nobody's (RFC 7946 §6.1)
  const known = ['type', 'id', 'properties', 'geometry'];
  return Object.keys(given)
    .filter((name) => !known.includes(name))
    .map((name) => fault(name, given[name], `one of ${known.join(', ')}`));
}

/** A column that has its values from the database is never written; a key only as the feature is made. */
function isWritable(name: string, { editable, facts, mode }: Reading): boolean {
  if (!editable.columns.includes(name) || facts.columns.get(name)?.isMade) return false;
  return name !== editable.key || mode === 'create';
}

function take(column: Column, value: unknown, { facts }: Reading, values: Map<string, unknown>): Fault[] {
  const expected = expectedOf(column, facts.columns.get(column.name), value);
  if (expected !== undefined) return [fault(`properties.${column.name}`, value, expected)];
  values.set(column.name, value);
  return [];
}

/** The id, which of a table that makes its own is the table's to say. */
function idOf(
  given: Given,
  properties: Given,
  { editable, facts, mode }: Reading,
  faults: Fault[],
): string | undefined {
  const { key, layer } = editable;
  const said = [given.id, properties[key]].filter((value) => value !== undefined && value !== null);
  const isMade = facts.columns.get(key)?.hasDefault ?? false;
  if (said.some((value) => typeof value !== 'string' && typeof value !== 'number')) {
    faults.push(fault('id', said[0], 'a text or a number'));
    return undefined;
  }
  const texts = new Set(said.map(String));
  if (texts.size > 1) faults.push(fault('id', given.id, `what properties.${key} is`));
  if (mode !== 'create') return texts.size > 0 ? [...texts][0] : undefined;
  if (isMade && !editable.columns.includes(key)) {
    if (properties[key] !== undefined && properties[key] !== null)
      faults.push(notWritable(key, properties[key]));
    return undefined;
  }
  if (texts.size === 0) {
    if (!isMade)
      faults.push(fault('id', undefined, `given: ${key} of the feature, which the table does not make`));
    return undefined;
  }
  const column = layer.columns.find(({ name }) => name === key)!;
  const [value] = said;
  const wanted = expectedOf(column, facts.columns.get(key), column.kind === 'text' ? String(value) : value);
  if (wanted !== undefined) faults.push(fault('id', value, wanted));
  return String(value);
}

/** Columns that nothing is said of: what they have by themselves, or nothing where that may be. */
function missing(
  { editable, facts, mode }: Reading,
  values: Map<string, unknown>,
  faults: Fault[],
): string[] {
  const defaults: string[] = [];
  for (const name of editable.columns) {
    const column = facts.columns.get(name);
    if (!column || column.isMade || name === editable.key || values.has(name)) continue;
    if (faults.some(({ parameter }) => parameter === `properties.${name}`)) continue;
    if (column.hasDefault) defaults.push(name);
    else if (column.notNull) faults.push(fault(`properties.${name}`, undefined, 'given: it may not be null'));
    else if (mode === 'replace') values.set(name, null);
  }
  return defaults;
}

function geometryOf(
  given: Given,
  { editable, facts, mode, rules }: Reading,
  faults: Fault[],
): Written['geometry'] {
  const { geometry } = given;
  if (geometry === undefined && mode === 'update') return undefined;
  const { column, type } = editable.table.geometry;
  if (geometry === null || geometry === undefined) {
    if (facts.columns.get(column)?.notNull)
      faults.push(fault('geometry', geometry, 'a geometry, which may not be null'));
    return null;
  }
  const read = readGeometry(geometry, { ...rules, type });
  if ('text' in read) return read;
  faults.push(read);
  return null;
}
