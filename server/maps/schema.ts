import { z } from 'zod';
import type { MapsPart } from '../maps-part.ts';

/** A JSON Schema, as far as it is looked into here. */
export interface JsonSchema {
  description?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
}

/**
 * What may stand in a `maps.yaml`, as JSON Schema (draft 7, which editors know): made of what the capabilities check it
 * by, with what they say of their keys. It refuses no file that is right; what one part says of another it does not look at.
 */
export function mapsSchema(schema: z.ZodObject, parts: readonly MapsPart[]): JsonSchema {
  const whole = {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'maps.yaml of Chorograph',
    ...plain(schema),
  };
  for (const { describes = {} } of parts)
    for (const [path, text] of Object.entries(describes)) {
      const places = placesAt(whole, path.split('.'));
      if (places.length === 0) throw new Error(`there is no key ${path} in maps.yaml to be described`);
      for (const place of places) place.description = text;
    }
  return whole;
}

function plain(schema: z.ZodType): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: 'input',
    target: 'draft-7',
    unrepresentable: 'any',
    override: ({ zodSchema, jsonSchema }) => adjust(zodSchema._zod.def as z.core.$ZodTypeDef, jsonSchema),
  });
  const { $schema: _dialect, ...rest } = made;
  return rest as JsonSchema;
}

/** What zod cannot say of itself. */
function adjust(def: z.core.$ZodTypeDef, json: z.core.JSONSchema.BaseSchema): void {
  // A text may stand for the object: the expression alone for `{ cron: … }`.
  if (def.type === 'pipe' && (def as z.core.$ZodPipeDef).in._zod.def.type === 'transform') {
    const object = { ...json };
    for (const key of Object.keys(json)) delete json[key];
    json.anyOf = [{ type: 'string' }, object];
  }
  // Checked by a function: names of scopes and accesses.
  if (def.type === 'custom') json.type = 'string';
  // A pattern of JSON Schema knows no flags; ours with some only ignore case.
  if (json.pattern !== undefined) json.pattern = json.pattern.replaceAll('a-z', 'a-zA-Z');
}

/** The schemas that stand at a path, `*` being any key and every item. */
export function placesAt(schema: JsonSchema, path: readonly string[]): JsonSchema[] {
  const [key, ...rest] = path;
  if (key === undefined) return [schema];
  const inner = (schema.anyOf ?? []).flatMap((each) => placesAt(each, path));
  return [...inner, ...below(schema, key).flatMap((each) => placesAt(each, rest))];
}

function below({ properties, additionalProperties, items }: JsonSchema, key: string): JsonSchema[] {
  if (key !== '*') return properties?.[key] ? [properties[key]] : [];
  return [additionalProperties, ...[items].flat()].filter(
    (each): each is JsonSchema => typeof each === 'object',
  );
}
