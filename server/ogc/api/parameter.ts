/** A parameter as OpenAPI 3.0 describes it. */
export interface Parameter {
  readonly name: string;
  readonly in: 'query' | 'path' | 'header';
  readonly description: string;
  readonly required: boolean;
  readonly schema: object;
  readonly style?: 'form';
  readonly explode?: boolean;
}

export const queryParameter = (name: string, description: string, schema: object): Parameter => ({
  name,
  in: 'query',
  description,
  required: false,
  schema,
  style: 'form',
  explode: false,
});
