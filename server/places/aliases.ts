import { foldKey, readings } from './fold.ts';
import type { PlaceKind } from './kinds.ts';

/** Another name of a region: a spelling, a short form, a name of earlier years. */
export interface Alias {
  readonly of: string;
  readonly kind?: PlaceKind;
  readonly names: readonly string[];
}

/** A region that became several, under the name that it had before. */
export interface Division {
  readonly name: string;
  readonly kind?: PlaceKind;
  readonly year: number;
  readonly into: readonly string[];
}

export interface PlaceNames {
  readonly aliases: readonly Alias[];
  readonly divided: readonly Division[];
}

interface Other {
  readonly key: string;
  readonly kind: PlaceKind | undefined;
  /** The other name is this region's only where it says the kind: `Kabupaten Pontianak`, not `Pontianak`. */
  readonly needsKind: boolean;
}

export const NO_PLACE_NAMES: PlaceNames = { aliases: [], divided: [] };

/** Looks names up in a table of aliases and divisions. */
export class Gazetteer {
  /** Key of another name → what it is another name of. */
  readonly #canonical = new Map<string, Other[]>();
  readonly #divided = new Map<string, Division[]>();
  /** Key of a part → keys of what it was once part of. */
  readonly #once = new Map<string, Set<string>>();

  constructor({ aliases, divided }: PlaceNames) {
    for (const { of, kind, names } of aliases)
      for (const name of names) {
        const kinded = readings(name).find((reading) => reading.kind !== undefined && reading.kind === kind);
        const other = { key: foldKey(of), kind, needsKind: kinded !== undefined };
        add(this.#canonical, kinded?.key ?? foldKey(name), other);
      }
    for (const division of divided) {
      add(this.#divided, foldKey(division.name), division);
      for (const part of division.into) {
        const before = this.#once.get(foldKey(part)) ?? new Set();
        this.#once.set(foldKey(part), before.add(foldKey(division.name)));
      }
    }
  }

  /** What a name may stand for besides itself. */
  canonical(text: string): { key: string; kind: PlaceKind | undefined }[] {
    return readings(text).flatMap(({ kind, key }) =>
      (this.#canonical.get(key) ?? []).filter((entry) =>
        kind ? !entry.kind || kind === entry.kind : !entry.needsKind,
      ),
    );
  }

  /** Divisions of a region that had this very name and has it no more. */
  divisions(text: string): Division[] {
    return readings(text)
      .flatMap(({ key }) => this.#divided.get(key) ?? [])
      .filter(({ name, into }) => !into.includes(name));
  }

  /** Whether two names of regions above are one, or one was once part of the other. */
  areKin(one: string, other: string): boolean {
    const [a, b] = [this.#names(one), this.#names(other)];
    if ([...a].some((key) => b.has(key))) return true;
    const once = (keys: Set<string>): string[] =>
      [...keys].flatMap((key) => [...(this.#once.get(key) ?? [])]);
    return once(a).some((key) => b.has(key)) || once(b).some((key) => a.has(key));
  }

  /** Whether two names are of one region above, as of today. */
  areSame(one: string, other: string): boolean {
    const names = this.#names(one);
    return [...this.#names(other)].some((key) => names.has(key));
  }

  #names(text: string): Set<string> {
    return new Set([...readings(text).map(({ key }) => key), ...this.canonical(text).map(({ key }) => key)]);
  }
}

function add<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
