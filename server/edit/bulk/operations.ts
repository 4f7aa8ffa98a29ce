import { AppError, shorten } from '../../errors.ts';
import { isId } from '../../features/public.ts';
import type { Beginning } from '../begin.ts';
import { fault, invalid, type Fault } from '../request/fault.ts';
import { readStep } from '../review/step.ts';
import type { Step } from '../review/states.ts';
import { readFeature, type Given, type Written } from '../request/feature.ts';

/** One of many changes, as it is to be done. */
export type Operation = { readonly index: number } & (
  | { readonly op: 'create'; readonly written: Written }
  | { readonly op: 'update'; readonly id: string; readonly match: string; readonly written: Written }
  | { readonly op: 'delete'; readonly id: string; readonly match: string }
  | { readonly op: 'transition'; readonly id: string; readonly match: string; readonly step: Step }
);

/** Why an operation cannot be done. */
export interface Failure {
  readonly index: number;
  readonly error: AppError;
}

export interface Operations {
  readonly operations: readonly Operation[];
  readonly failures: readonly Failure[];
}

const MEMBERS = {
  create: ['op', 'feature'],
  update: ['op', 'id', 'ifMatch', 'properties', 'geometry'],
  delete: ['op', 'id', 'ifMatch'],
  transition: ['op', 'id', 'ifMatch', 'to', 'comment'],
} as const;
const KINDS = Object.keys(MEMBERS) as readonly (keyof typeof MEMBERS)[];

/** Reads what is to be done, each held against the table by itself. Pure. */
export function readOperations(given: readonly unknown[], beginning: Beginning): Operations {
  const operations: Operation[] = [];
  const failures: Failure[] = [];
  const named = new Set<string>();
  let vertices = 0;
  for (const [index, one] of given.entries()) {
    const read = readOperation(one, index, beginning);
    if (read instanceof AppError) {
      failures.push({ index, error: read });
      continue;
    }
    const id = read.op === 'create' ? undefined : read.id;
    if (id !== undefined && named.has(id))
      failures.push({ index, error: invalid([fault('id', id, 'named once in a request')]) });
    if (id !== undefined) named.add(id);
    vertices += 'written' in read ? (read.written.geometry?.vertices ?? 0) : 0;
    if (vertices > beginning.rules.maxVertices)
      throw invalid([
        fault('operations', undefined, `of at most ${beginning.rules.maxVertices} positions together`),
      ]);
    operations.push(read);
  }
  return { operations, failures };
}

function readOperation(one: unknown, index: number, beginning: Beginning): Operation | AppError {
  const given = (typeof one === 'object' && one !== null && !Array.isArray(one) ? one : {}) as Given;
  const kind = KINDS.find((known) => known === given.op);
  if (!kind) return invalid([fault('op', given.op, `one of ${KINDS.join(', ')}`)]);
  const members: readonly string[] = MEMBERS[kind];
  const strangers = Object.keys(given).filter((name) => !members.includes(name));
  const unknown = strangers.map((name) => fault(name, given[name], `one of ${members.join(', ')}`));
  if (kind === 'create') return readCreate(given, index, beginning, unknown);
  const { id, ifMatch } = given;
  const isNamed = (typeof id === 'string' && !id.includes('\0')) || Number.isSafeInteger(id);
  if (!isNamed) return invalid([...unknown, fault('id', id, 'the id of a feature')]);
  if (typeof ifMatch !== 'string')
    return new AppError('precondition_required', {
      detail: 'ifMatch is the ETag of the feature, as it was read',
    });
  const name = String(id);
  if (!isId(beginning.editable.table, name))
    return new AppError('feature_not_found', { detail: `there is no feature ${shorten(name, 60)}` });
  if (kind === 'delete')
    return unknown.length > 0 ? invalid(unknown) : { index, op: kind, id: name, match: ifMatch };
  if (kind === 'transition') {
    const { step, faults } = readStep(given);
    const all = [...unknown, ...faults];
    return all.length > 0 ? invalid(all) : { index, op: kind, id: name, match: ifMatch, step: step! };
  }
  const { properties, geometry } = given;
  const patch = {
    ...(properties === undefined ? {} : { properties }),
    ...(geometry === undefined ? {} : { geometry }),
  };
  const { written, faults } = readFeature(patch, { ...beginning, mode: 'update' });
  const all = [...unknown, ...faults];
  return all.length > 0 ? invalid(all) : { index, op: kind, id: name, match: ifMatch, written };
}

function readCreate(
  { feature }: Given,
  index: number,
  beginning: Beginning,
  unknown: readonly Fault[],
): Operation | AppError {
  if (typeof feature !== 'object' || feature === null || Array.isArray(feature))
    return invalid([...unknown, fault('feature', feature, 'a GeoJSON Feature')]);
  const { written, faults } = readFeature(feature as Given, { ...beginning, mode: 'create' });
  const all = [...unknown, ...faults];
  return all.length > 0 ? invalid(all) : { index, op: 'create', written };
}
