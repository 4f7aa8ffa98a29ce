import { ApiError } from '../api.ts';
import { STUDIO } from './texts.ts';

/** What is told of an error. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return STUDIO.failed;
  if (error.status === 401) return STUDIO.refusedKey;
  return error.status === 403 ? STUDIO.refusedScope : `${error.message}: ${error.detail ?? STUDIO.failed}`;
}
