import type { FunctionDeclaration } from '@google/genai';
import { z } from 'zod';

/** What the model may call, and with what: arguments are held to these, whoever sends them. */
const name = z.string().trim().min(1).max(100);
const choropleth = name.describe('Id of the choropleth, as listChoropleths names it');
const metric = name.optional().describe('Id of the metric; the first one of the choropleth where absent');
const level = name.optional().describe('Region set: the finest of the choropleth where absent');
const filters = z
  .record(z.string().max(63), z.union([name, z.number()]))
  .optional()
  .describe(
    'One value for a dimension, by its name, such as {"tahun": "2024"}; all values together where absent',
  );
const within = name.optional().describe('Only regions of this one, by its name: a state');

export const TOOLS = {
  listChoropleths: {
    description: 'Which maps there are, with their metrics, units, levels and dimensions.',
    parameters: z.strictObject({}),
  },
  topRegions: {
    description: 'The regions with the highest or the lowest values of a metric, with their ranks.',
    parameters: z.strictObject({
      choropleth,
      metric,
      level,
      filters,
      within,
      order: z.enum(['highest', 'lowest']).default('highest'),
      count: z.int().min(1).max(10).default(5),
    }),
  },
  compareRegions: {
    description: 'The values of two to five regions, with the differences between them.',
    parameters: z.strictObject({
      choropleth,
      metric,
      level,
      filters,
      within,
      regions: z.array(name).min(2).max(5),
    }),
  },
  regionValue: {
    description: 'The value of a metric in one region, with its rank.',
    parameters: z.strictObject({ choropleth, metric, level, filters, within, region: name }),
  },
  classBreaks: {
    description: 'The classes of a choropleth: their bounds and how many regions each has.',
    parameters: z.strictObject({
      choropleth,
      metric,
      level,
      filters,
      method: z.enum(['quantile', 'equal', 'jenks', 'stddev', 'headtail', 'pretty', 'boxplot']).optional(),
      classes: z.int().min(2).max(9).optional(),
    }),
  },
} as const;

export type ToolName = keyof typeof TOOLS;
export type ToolArguments<Name extends ToolName> = z.output<(typeof TOOLS)[Name]['parameters']>;

export const isToolName = (text: string): text is ToolName => Object.hasOwn(TOOLS, text);

export const DECLARATIONS: readonly FunctionDeclaration[] = Object.entries(TOOLS).map(
  ([tool, { description, parameters }]) => ({
    name: tool,
    description,
    parametersJsonSchema: withoutDialect(z.toJSONSchema(parameters, { io: 'input' })),
  }),
);

function withoutDialect(schema: Record<string, unknown>): Record<string, unknown> {
  const { $schema: _dialect, ...rest } = schema;
  return rest;
}
