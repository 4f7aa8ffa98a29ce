import { z } from 'zod';

type Environment = Readonly<Record<string, string | undefined>>;

/** What the variables of a capability may hold, and the part of the configuration that they become. */
export interface Settings<Part extends object = object> {
  /** Names of variables and what each must hold; the message of an error continues "NAME must be …". */
  readonly environment: z.ZodRawShape;
  /** Variables whose value no error may repeat. */
  readonly secrets: readonly string[];
  /** What is right by itself and wrong together, of an environment whose every variable is right. */
  readonly check: (environment: Environment) => readonly string[];
  /** The part of the configuration that a valid environment says. Its keys are no other capability's. */
  readonly parse: (environment: Environment) => Part;
}

/** What settings add to the configuration. */
export type ConfigOf<Declared extends Settings> = Readonly<ReturnType<Declared['parse']>>;

/** Declares settings: `read` makes the part of the configuration of the variables' values. */
export function settings<Shape extends z.ZodRawShape, Part extends object>({
  environment,
  secrets = [],
  read,
  check = () => [],
}: {
  environment: Shape;
  secrets?: readonly (keyof Shape & string)[];
  read: (environment: z.output<z.ZodObject<Shape>>) => Part;
  check?: (environment: Environment) => readonly string[];
}): Settings<Part> {
  const schema = z.object(environment);
  return { environment, secrets, check, parse: (given) => read(schema.parse(given)) };
}

/** A whole number within bounds. */
export const integer = (min: number, max: number) =>
  z.string().transform((text, issues) => {
    const value = /^\d{1,15}$/.test(text.trim()) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    issues.addIssue(`a whole number from ${min} to ${max}`);
    return z.NEVER;
  });

export const flag = z
  .enum(['true', 'false'], { error: 'true or false' })
  .transform((text) => text === 'true');

/** Words with commas between them. */
export const list = z.string().transform((text) =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

export const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:/.test(text), 'an http:// or https:// URL')
  .transform((text) => text.replace(/\/+$/, ''));

/** Thrown once with everything that is wrong, so that an operator mends it in one go. */
export class ConfigError extends Error {
  readonly problems: readonly string[];
  constructor(problems: readonly string[]) {
    super(`The configuration is not valid:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}
