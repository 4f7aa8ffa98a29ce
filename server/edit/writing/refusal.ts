import { sqlState } from '../../db/sqlstate.ts';
import { AppError } from '../../errors.ts';
import type { Editable } from '../editable.ts';
import type { Facts } from '../facts.ts';
import { fault } from '../request/fault.ts';
import { explained } from './geometry.ts';

/**
 * What it means that the database refused to write. Of its own words nothing is told: they name what nobody is shown, and
 * values of other rows.
 */
export function refusal(error: unknown, editable: Editable, facts: Facts): unknown {
  if (!(error instanceof AppError)) return error;
  const { cause } = error;
  const state = sqlState(cause);
  if (state === undefined || ['database_busy', 'database_unavailable', 'query_timeout'].includes(error.code))
    return error;
  const columns = namedColumns(cause as Named, editable, facts);
  const of = columns.length > 0 ? columns.join(', ') : undefined;
  const errors = (expected: string) =>
    columns.length > 0
      ? { errors: columns.map((name) => fault(`properties.${name}`, undefined, expected)) }
      : {};
  const conflict = (detail: string, expected: string) =>
    new AppError('edit_conflict', { detail, ...errors(expected) }, { cause });
  const wrong = (detail: string, expected: string) =>
    new AppError('edit_invalid', { detail, ...errors(expected) }, { cause });
  switch (state) {
    case '23505':
    case '23P01':
      return conflict(
        `another feature has ${of ? `this ${of}` : 'a value that has to be its own'}`,
        'unlike those of other features',
      );
    case '23503':
      return conflict(
        of
          ? `${of} names something that is not there`
          : 'something else refers to this feature, or it to nothing',
        'of something that is there',
      );
    case '23514':
      return wrong(`${of ?? 'a value'} breaks a rule of the table`, 'as the rules of the table have it');
    case '23502':
      return wrong(
        `${of ?? 'a column that is not edited here'} needs a value`,
        'a value, which may not be null',
      );
    case '42501':
      return new AppError(
        'editing_unavailable',
        { detail: 'the role of the server may not write to this table' },
        { cause },
      );
  }
  if (explained(error) !== error) return explained(error);
  if (state.startsWith('22')) return wrong('a value is not one of its column', 'a value of its type');
  if (state.startsWith('P0'))
    return wrong('a rule of the database refuses this', 'as the rules of the database have it');
  return error;
}

interface Named {
  readonly constraint?: string;
  readonly column?: string;
}

/** Columns that the database says it of, where all of them are shown; else none. */
function namedColumns({ constraint, column }: Named, { layer }: Editable, facts: Facts): readonly string[] {
  const named = column === undefined ? (facts.constraints.get(constraint ?? '') ?? []) : [column];
  return named.every((name) => layer.columns.some((shown) => shown.name === name)) ? named : [];
}
