import { located, type ReadMaps } from './read.ts';

/**
 * `maps.yaml` as it is now, and what the demo adds to it. `maps` is handed out once and always reads as the
 * newest: what is made of it must be made again when `onChange` tells.
 */
export class LiveMaps<Maps extends object = object> {
  /** Reads what stands in other files as this one is read. */
  readonly read: ReadMaps<Maps>;
  readonly maps: Maps;
  #own: Maps;
  #defaults: Maps | undefined;
  #current: Maps;
  readonly #handlers: (() => void | Promise<void>)[] = [];

  constructor(own: Maps, read: ReadMaps<Maps>) {
    this.read = read;
    this.#own = this.#current = own;
    const sections = Object.keys(own).map((section): [string, PropertyDescriptor] => [
      section,
      { enumerable: true, get: () => this.#current[section as keyof Maps] },
    ]);
    this.maps = Object.defineProperties({}, Object.fromEntries(sections)) as Maps;
  }

  /** What the file said when it was last read. */
  get own(): Maps {
    return this.#own;
  }

  /** What the file says now. */
  use(own: Maps): void {
    this.#own = own;
    this.#compose();
  }

  /** Entries that are there as long as the file has none of the same id. */
  useDefaults(defaults: Maps): void {
    this.#defaults = defaults;
    this.#compose();
  }

  /** Called by `tell()`, when all that is made of the maps was made anew. */
  onChange(handler: () => void | Promise<void>): void {
    this.#handlers.push(handler);
  }

  async tell(): Promise<void> {
    for (const handler of this.#handlers) await handler();
  }

  /** Where an entry stands: `maps.yaml:12`. */
  locate(path: readonly PropertyKey[]): string {
    const [section = '', id = ''] = path as string[];
    const entries = this.#own[section as keyof Maps] as Record<string, unknown> | undefined;
    const isOwn = this.#defaults === undefined || (entries !== undefined && Object.hasOwn(entries, id));
    return located(isOwn ? this.#own : (this.#defaults ?? this.#own), path);
  }

  #compose(): void {
    this.#current = this.#defaults === undefined ? this.#own : mergeMaps(this.#defaults, this.#own);
  }
}

/** Every entry of both; where both have one of an id, the second's. */
export function mergeMaps<Maps extends object>(defaults: Maps, own: Maps): Maps {
  const sections = Object.keys(own) as (keyof Maps)[];
  return Object.fromEntries(
    sections.map((section) => [
      section,
      typeof own[section] === 'object' ? { ...defaults[section], ...own[section] } : own[section],
    ]),
  ) as unknown as Maps;
}
