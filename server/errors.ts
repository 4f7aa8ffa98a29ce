/**
 * The one error type and the one table behind it: code → HTTP status and title.
 * Every code is described for users in docs/errors.md; a test keeps the two in step.
 */
export const ERRORS = {
  bad_request: [400, 'The request cannot be understood'],
  invalid_parameter: [400, 'A parameter is not valid'],
  unknown_parameter: [400, 'A parameter is not known here'],
  filter_invalid: [400, 'The filter is not valid'],
  tile_out_of_range: [400, 'There is no such tile'],
  malformed_body: [400, 'The request body cannot be read'],
  unauthorized: [401, 'An API key is needed'],
  signature_refused: [401, 'The signature of this URL is not valid'],
  token_refused: [401, 'The token is not valid'],
  forbidden: [403, 'The API key may not do this'],
  origin_refused: [403, 'Pages of this origin may not use this'],
  role_refused: [403, 'The role of this token may not do this'],
  route_not_found: [404, 'There is nothing at this path'],
  layer_not_found: [404, 'There is no such layer'],
  feature_not_found: [404, 'There is no such feature'],
  choropleth_not_found: [404, 'There is no such choropleth'],
  region_not_found: [404, 'There is no such region'],
  archive_not_found: [404, 'There is no such archive'],
  preview_not_found: [404, 'There is no such preview'],
  run_not_found: [404, 'There is no such refresh run'],
  method_not_allowed: [405, 'This method is not allowed here'],
  not_acceptable: [406, 'None of the accepted formats can be served'],
  edit_conflict: [409, 'The change does not go together with other data'],
  refresh_running: [409, 'A refresh of this view is already running'],
  rollup_refused: [400, 'This metric does not add up, so it cannot be rolled up'],
  body_too_large: [413, 'The request body is too large'],
  uri_too_long: [414, 'The request URL is too long'],
  studio_read_only: [409, 'maps.yaml cannot be written here'],
  review_refused: [409, 'The feature is not in a state for this'],
  precondition_failed: [412, 'The feature has changed since it was read'],
  unsupported_media_type: [415, 'The body is of a type that is not taken here'],
  range_not_satisfiable: [416, 'There are no such bytes'],
  question_rejected: [422, 'The question cannot be taken'],
  bulk_refused: [422, 'Nothing was changed, as some of it cannot be'],
  studio_refused: [422, 'The choropleth cannot be published'],
  idempotency_mismatch: [422, 'This idempotency key was used for something else'],
  edit_invalid: [422, 'The feature is not valid'],
  precondition_required: [428, 'If-Match has to say which state of the feature is meant'],
  too_many_requests: [429, 'Too many requests'],
  ask_budget_spent: [429, 'No more questions are answered today'],
  client_closed_request: [499, 'The client went away'],
  internal: [500, 'Something went wrong on the server'],
  level_not_imported: [501, 'This level has not been imported'],
  format_unavailable: [501, 'There is no such format'],
  layer_unservable: [501, 'This layer cannot be served'],
  editing_unavailable: [501, 'Nothing can be edited here'],
  refresh_unavailable: [501, 'Nothing can be refreshed here'],
  choropleth_unavailable: [501, 'The data of this choropleth is not there'],
  layer_query_failed: [502, 'The database could not answer for this layer'],
  refresh_failed: [502, 'The refresh failed; the data from before is still served'],
  database_unavailable: [503, 'The database is not available'],
  database_busy: [503, 'The database is too busy'],
  server_busy: [503, 'The server is too busy'],
  audit_unavailable: [503, 'What has to be recorded cannot be recorded'],
  ask_not_configured: [503, 'Questions are not answered here'],
  ask_misconfigured: [503, 'The model cannot be asked as it is configured'],
  ask_unavailable: [503, 'The model does not answer'],
  ask_busy: [503, 'Too many questions are waiting'],
  tokens_unverifiable: [503, 'Tokens cannot be verified at the moment'],
  starting: [503, 'The server is still starting'],
  shutting_down: [503, 'The server is shutting down'],
  query_timeout: [504, 'The database took too long'],
  preview_no_room: [507, 'There is no room for this preview'],
} as const satisfies Record<string, readonly [status: number, title: string]>;

export type ErrorCode = keyof typeof ERRORS;

/** What an error says to the client besides its code. Never put anything internal here. */
export interface ErrorDetail {
  /** One sentence for a person: what was wrong and what would be right. */
  detail?: string;
  [member: string]: unknown;
}

/** An error that the API answers with `problem+json`; `cause` is logged and never sent. */
export class AppError extends Error {
  readonly code: ErrorCode;
  readonly status: number;
  readonly title: string;
  readonly members: ErrorDetail;
  /** Headers of its answer. */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: ErrorCode,
    members: ErrorDetail = {},
    options?: { cause?: unknown; headers?: Readonly<Record<string, string>> },
  ) {
    const [status, title] = ERRORS[code];
    super(members.detail ? `${title}: ${members.detail}` : title, options);
    this.name = 'AppError';
    this.code = code;
    this.status = status;
    this.title = title;
    this.members = members;
    this.headers = options?.headers ?? {};
  }
}

/** A 400 that names the parameter, the value it had and what would be allowed. */
export function invalidParameter(parameter: string, value: unknown, expected: string): AppError {
  return new AppError('invalid_parameter', {
    detail: `${parameter} must be ${expected}`,
    errors: [{ parameter, value: shorten(value), expected }],
  });
}

/** Echoed values are cut so that a hostile request cannot make us send it back in full. */
export function shorten(value: unknown, length = 100): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  return text.length > length ? `${text.slice(0, length)}…` : text;
}
