/**
 * What waits, by who asked for it. The clients take turns, however much one of them asks for; and when too much waits,
 * the latest of whoever has most waiting goes, so that nobody can fill the queue for the others.
 */
export class FairQueue<Item> {
  /** In the order of their turns: whose turn it was goes to the end. */
  readonly #byClient = new Map<string, Item[]>();
  readonly #most: number;
  #size = 0;

  /** @param most items that may wait */
  constructor(most: number) {
    this.#most = most;
  }

  get size(): number {
    return this.#size;
  }

  /** Adds an item; the one that has to go for it, which may be itself, or none. */
  push(client: string, item: Item): Item | undefined {
    const own = this.#byClient.get(client);
    if (own) own.push(item);
    else this.#byClient.set(client, [item]);
    this.#size++;
    return this.#size > this.#most ? this.#dropLatest(client) : undefined;
  }

  /** What is next. */
  peek(): Item | undefined {
    const [first] = this.#byClient.values();
    return first?.[0];
  }

  /** Takes what is next. */
  shift(): Item | undefined {
    const [first] = this.#byClient;
    if (!first) return undefined;
    const [client, items] = first;
    const item = items.shift();
    this.#size--;
    this.#byClient.delete(client);
    if (items.length > 0) this.#byClient.set(client, items);
    return item;
  }

  /** Takes out what nobody waits for any more. */
  remove(client: string, item: Item): boolean {
    const items = this.#byClient.get(client);
    const at = items?.indexOf(item) ?? -1;
    if (!items || at < 0) return false;
    items.splice(at, 1);
    this.#size--;
    if (items.length === 0) this.#byClient.delete(client);
    return true;
  }

  /** Of whoever has most waiting; of those who have equally many, of the one who has just come. */
  #dropLatest(newcomer: string): Item | undefined {
    let [whose, items] = [newcomer, this.#byClient.get(newcomer) ?? []];
    for (const [client, waiting] of this.#byClient) {
      if (waiting.length > items.length) [whose, items] = [client, waiting];
    }
    const item = items.pop();
    this.#size--;
    if (items.length === 0) this.#byClient.delete(whose);
    return item;
  }
}
