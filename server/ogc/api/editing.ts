import type { Parameter } from './parameter.ts';

const FEATURE = { schema: { $ref: '#/components/schemas/feature' } };
const GEOJSON = { 'application/geo+json': FEATURE, 'application/json': FEATURE };
const PATCH = { 'application/merge-patch+json': { schema: { type: 'object' } } };
const ANSWER = { 'application/geo+json': FEATURE };
/** Only with a key. */
const security = [{ bearer: [] }, { header: [] }];

const header = (name: string, description: string, required: boolean): Parameter => ({
  name,
  in: 'header',
  description,
  required,
  schema: { type: 'string' },
});
const CONTENT_CRS = header(
  'Content-Crs',
  'URI of the system of the coordinates, in <>; CRS84 where absent',
  false,
);
const IF_MATCH = header('If-Match', 'ETag of the feature as it was read', true);

interface Written {
  readonly id: string;
  readonly summary: string;
  readonly parameters: readonly object[];
  readonly content?: object;
  readonly answered: Readonly<Record<string, object>>;
  readonly failures: readonly number[];
}

function writing({ id, summary, parameters, content, answered, failures }: Written): object {
  const all = [400, 401, 403, 404, ...failures, 429, 500, 503];
  const refused = all.map((status) => [String(status), { $ref: '#/components/responses/problem' }]);
  return {
    tags: ['Data'],
    operationId: id,
    summary,
    security,
    parameters,
    ...(content ? { requestBody: { required: true, content } } : {}),
    responses: { ...answered, ...Object.fromEntries(refused) },
  };
}

/** What a path of features takes where its layer is edited. */
export const creating = (id: string, title: string): object => ({
  post: writing({
    id: `createFeature.${id}`,
    summary: `Create a feature: ${title}`,
    parameters: [CONTENT_CRS],
    content: GEOJSON,
    answered: { 201: { description: 'The feature; Location tells where it is', content: ANSWER } },
    failures: [409, 413, 415, 422],
  }),
});

/** The path of many changes at once. */
export const bulk = (id: string, title: string): object => ({
  post: writing({
    id: `changeFeatures.${id}`,
    summary: `Create, change and delete features together: ${title}`,
    parameters: [
      header('Idempotency-Key', 'A name for this request, with which it is done once in a day', false),
      CONTENT_CRS,
    ],
    content: { 'application/json': { schema: { type: 'object' } } },
    answered: {
      200: { description: 'What was done', content: { 'application/json': { schema: { type: 'object' } } } },
    },
    failures: [413, 415, 422],
  }),
});

/** What the path of one feature takes where its layer is edited. */
export const changing = (id: string, title: string, feature: Parameter): object => ({
  put: writing({
    id: `replaceFeature.${id}`,
    summary: `Replace a feature: ${title}`,
    parameters: [feature, IF_MATCH, CONTENT_CRS],
    content: GEOJSON,
    answered: { 200: { description: 'The feature', content: ANSWER } },
    failures: [409, 412, 413, 415, 422, 428],
  }),
  patch: writing({
    id: `updateFeature.${id}`,
    summary: `Change some of a feature: ${title}`,
    parameters: [feature, IF_MATCH, CONTENT_CRS],
    content: PATCH,
    answered: { 200: { description: 'The feature', content: ANSWER } },
    failures: [409, 412, 413, 415, 422, 428],
  }),
  delete: writing({
    id: `deleteFeature.${id}`,
    summary: `Delete a feature: ${title}`,
    parameters: [feature, IF_MATCH],
    answered: { 204: { description: 'It is gone' } },
    failures: [409, 412, 428],
  }),
});
