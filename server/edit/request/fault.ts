import { AppError, shorten } from '../../errors.ts';

/** What of a request is not right, as `errors` of a problem have it. */
export interface Fault {
  /** Where it stands: `properties.height`, `geometry.coordinates`. */
  readonly parameter: string;
  readonly value?: string;
  readonly expected: string;
}

export const fault = (parameter: string, value: unknown, expected: string): Fault => ({
  parameter: shorten(parameter, 100),
  ...(value === undefined ? {} : { value: shown(value) }),
  expected,
});

/** What is nested too deeply to be written is not shown. */
function shown(value: unknown): string {
  try {
    return shorten(value);
  } catch {
    return '…';
  }
}

/** Named at once; what stands behind so many is only counted. */
const MOST_NAMED = 20;

/** Several faults as one error, each named. */
export function invalid(faults: readonly Fault[]): AppError {
  const named = faults.slice(0, MOST_NAMED);
  return new AppError('edit_invalid', {
    detail: named.map(({ parameter, expected }) => `${parameter} must be ${expected}`).join('; '),
    errors: named,
    ...(faults.length > MOST_NAMED ? { more: faults.length - MOST_NAMED } : {}),
  });
}
