const schema = (name: string): object => ({ schema: { $ref: `#/components/schemas/${name}` } });
const HTML = { 'text/html': { schema: { type: 'string' } } };
/** What paths answer: JSON of a kind, and the same as a page. */
export const LINKED = { 'application/json': schema('linked'), ...HTML };
export const OBJECT = { 'application/json': { schema: { type: 'object' } }, ...HTML };
export const COLLECTION = { 'application/geo+json': schema('featureCollection'), ...HTML };
export const SCHEMA = { 'application/schema+json': { schema: { type: 'object' } }, ...HTML };
export const FEATURE = { 'application/geo+json': schema('feature'), ...HTML };

/** A parameter that many paths have. */
export const ref = (name: string): object => ({ $ref: `#/components/parameters/${name}` });

/** A path that is read. @param isNamed where it names something, which there may not be @param others further responses */
export function get(
  tag: string,
  operationId: string,
  summary: string,
  parameters: readonly object[],
  content: object,
  isNamed = false,
  others: Readonly<Record<string, object>> = {},
): object {
  const failures = ['400', ...(isNamed ? ['404'] : []), '429', '500', '503'];
  const refused = failures.map((status) => [status, { $ref: '#/components/responses/problem' }]);
  const responses = { '200': { description: summary, content }, ...others, ...Object.fromEntries(refused) };
  return { get: { tags: [tag], operationId, summary, parameters, responses } };
}

export const RESPONSES = {
  problem: { description: 'An error', content: { 'application/problem+json': schema('problem') } },
};
