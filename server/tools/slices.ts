/** Items that are worked on before others may have their turn: a millisecond or so. */
const SLICE = 500;

/** The items one slice after the other. */
export function* slices<Item>(items: readonly Item[]): Generator<{ from: number; slice: readonly Item[] }> {
  for (let from = 0; from < items.length; from += SLICE)
    yield { from, slice: items.slice(from, from + SLICE) };
}

/** `map` that lets others have their turn. */
export function* mapped<Item, Result>(
  items: readonly Item[],
  of: (item: Item, position: number) => Result,
): Generator<undefined, Result[]> {
  const results: Result[] = [];
  for (const { from, slice } of slices(items)) {
    for (const [i, item] of slice.entries()) results.push(of(item, from + i));
    yield;
  }
  return results;
}
