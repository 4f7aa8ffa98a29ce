/**
 * What a look found, for all who ask within `ms` of it, and for those who ask while it lasts. One that failed is not
 * kept: the next who asks looks again.
 */
export function keptFor<T>(ms: number, look: () => Promise<T>): () => Promise<T> {
  let found: Promise<T> | undefined;
  let until = 0;
  return () => {
    if (found && performance.now() < until) return found;
    const mine = look();
    found = mine;
    until = Infinity;
    mine.then(
      () => (until = performance.now() + ms),
      () => (until = 0),
    );
    return mine;
  };
}
