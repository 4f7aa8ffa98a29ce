/** Items that are sorted, or merged, before others may have their turn. */
const RUN = 500;

/** The items in order, equal ones as they were, as `Array.prototype.sort` has them; in steps (a merge sort). */
export function* sorted<Item>(
  items: readonly Item[],
  compare: (a: Item, b: Item) => number,
): Generator<undefined, Item[]> {
  let runs: Item[][] = [];
  for (let from = 0; from < items.length; from += RUN) {
    runs.push(items.slice(from, from + RUN).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const longer: Item[][] = [];
    for (let i = 0; i < runs.length; i += 2) longer.push(yield* merged(runs[i]!, runs[i + 1] ?? [], compare));
    runs = longer;
  }
  return runs[0] ?? [];
}

function* merged<Item>(
  first: readonly Item[],
  second: readonly Item[],
  compare: (a: Item, b: Item) => number,
): Generator<undefined, Item[]> {
  const both: Item[] = [];
  let [a, b] = [0, 0];
  while (a < first.length || b < second.length) {
    const isFirst = b >= second.length || (a < first.length && compare(first[a]!, second[b]!) <= 0);
    both.push(isFirst ? first[a++]! : second[b++]!);
    if (both.length % RUN === 0) yield;
  }
  return both;
}
