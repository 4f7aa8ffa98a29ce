import { queryParameter, type Parameter } from './parameter.ts';

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

const STATES = ['draft', 'submitted', 'approved', 'rejected', 'archived'];

/** Which features of a layer that is reviewed are wanted. */
export const REVIEW_STATE: Parameter = queryParameter(
  'review',
  'Those of this state, for who edits or reviews the layer; what is approved where absent',
  { type: 'string', enum: [...STATES, 'all'] },
);

/** The path of the review of one feature. */
export const reviewing = (id: string, title: string, feature: Parameter): object => ({
  get: writing({
    id: `getReview.${id}`,
    summary: `State and history of the review of a feature: ${title}`,
    parameters: [feature],
    answered: {
      200: { description: 'The review', content: { 'application/json': { schema: { type: 'object' } } } },
    },
    failures: [],
  }),
  post: writing({
    id: `reviewFeature.${id}`,
    summary: `Bring a feature to another state of its review: ${title}`,
    parameters: [feature, IF_MATCH],
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['to'],
          properties: { to: { type: 'string', enum: STATES }, comment: { type: 'string', maxLength: 2000 } },
        },
      },
    },
    answered: { 200: { description: 'The feature', content: ANSWER } },
    failures: [409, 412, 422, 428],
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
