import { readings } from '../../../places/fold.ts';

/** What one answer says of one thing: a point, a person, a regency, a name in a list. */
export interface Item {
  readonly values: Readonly<Record<string, unknown>>;
  /** West, south, east, north of an area: outlines are simplified differently, but lie in the same place. */
  readonly box?: readonly number[] | undefined;
}

/** Positions to a decimetre, figures to what two ways of adding them up may differ by. */
const DECIMALS = 6;
const NAMES = ['provinsi', 'kabupaten', 'kecamatan'];

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Everything that an answer lists, by its id, or by its names without case, blanks and punctuation. */
export function itemsOf(body: unknown): Map<string, Item> {
  const items = new Map<string, Item>();
  for (const [list, elements] of listsOf(body))
    for (const element of elements) {
      const item = itemOf(element);
      const key = list + keyOf(item.values);
      // Two outlines of one name are two items.
      const others = [...repeats(items, key)].length;
      items.set(others === 0 ? key : `${key} (${others + 1})`, item);
    }
  return items;
}

function* repeats(items: ReadonlyMap<string, Item>, key: string): Generator<string> {
  for (let n = 1, next = key; items.has(next); next = `${key} (${++n})`) yield next;
}

function listsOf(body: unknown): [string, unknown[]][] {
  if (!isFields(body)) return [];
  if (Array.isArray(body.features)) return [['', body.features]];
  if (Array.isArray(body.data)) return [['', body.data]];
  if (isFields(body.data)) return [['', [body.data]]];
  return Object.entries(body).flatMap(([name, value]): [string, unknown[]][] =>
    Array.isArray(value) ? [[`${name}: `, value]] : [],
  );
}

function itemOf(element: unknown): Item {
  if (!isFields(element)) return { values: { name: element } };
  if (element.type !== 'Feature' || !isFields(element.properties)) return { values: element };
  const { coordinates } = (element.geometry ?? {}) as { coordinates?: unknown };
  const positions = [...positionsIn(coordinates)];
  const [first] = positions;
  if (first !== undefined && first === coordinates)
    return { values: { ...element.properties, lng: first[0], lat: first[1] } };
  return { values: element.properties, box: boxOf(positions) };
}

function* positionsIn(coordinates: unknown): Generator<readonly number[]> {
  if (!Array.isArray(coordinates)) return;
  if (typeof coordinates[0] === 'number') yield coordinates as number[];
  else for (const inner of coordinates) yield* positionsIn(inner);
}

function boxOf(positions: readonly (readonly number[])[]): number[] | undefined {
  if (positions.length === 0) return undefined;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x = NaN, y = NaN] of positions) {
    box[0] = Math.min(box[0]!, x);
    box[1] = Math.min(box[1]!, y);
    box[2] = Math.max(box[2]!, x);
    box[3] = Math.max(box[3]!, y);
  }
  return box;
}

function keyOf(values: Fields): string {
  const id = values.id ?? values.kategori ?? values.name;
  if (id !== undefined && id !== null) return String(id as string);
  return NAMES.filter((name) => values[name] !== undefined)
    .map((name) => keyOfName(String(values[name])))
    .join(' / ');
}

/** Kabupaten X and Kota X are two; `Kab. X` and `X` are one. */
function keyOfName(name: string): string {
  const [whole, kinded] = readings(name);
  if (kinded === undefined) return whole?.key ?? '';
  return kinded.kind === 'kabupaten' ? kinded.key : whole!.key;
}

/** One line per difference of two items; none where they are the same. */
export function differencesOf(old: Item, now: Item): string[] {
  const names = [...new Set([...Object.keys(old.values), ...Object.keys(now.values)])].sort();
  const differing = names.filter((name) => !isSame(name, old.values[name], now.values[name]));
  return [
    ...differing.map((name) => `${name}: ${shown(old.values[name])} → ${shown(now.values[name])}`),
    ...(isSamePlace(old.box, now.box) ? [] : [`place: ${shown(old.box)} → ${shown(now.box)}`]),
  ];
}

function isSame(name: string, old: unknown, now: unknown): boolean {
  if (typeof old === 'number' && typeof now === 'number')
    return Math.abs(old - now) <= 10 ** -DECIMALS * Math.max(1, Math.abs(old));
  if (name === 'nik' && typeof old === 'string' && typeof now === 'string') return isSameNik(old, now);
  return JSON.stringify(old) === JSON.stringify(now);
}

/** As far as both show it: a key of scope `personal` alone sees four digits. */
function isSameNik(old: string, now: string): boolean {
  return (
    old.length === now.length &&
    [...old].every((digit, i) => digit === now[i] || digit === '*' || now[i] === '*')
  );
}

/** The middle of each lies in the box of the other. */
function isSamePlace(old: readonly number[] | undefined, now: readonly number[] | undefined): boolean {
  if (!old || !now) return old === now;
  const holds = (box: readonly number[], [w, s, e, n]: readonly number[]): boolean => {
    const [x, y] = [(w! + e!) / 2, (s! + n!) / 2];
    return x >= box[0]! && x <= box[2]! && y >= box[1]! && y <= box[3]!;
  };
  return holds(old, now) && holds(now, old);
}

export function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
