import type { Choropleth } from './api.ts';
import { toHash, type State } from './state.ts';

/** A choropleth and how it is seen. */
export interface Current {
  choropleth: Choropleth;
  state: State;
}

/** What is being shown or about to be; the address of the page says the same. */
export class CurrentMap {
  #value: Current | undefined;

  get value(): Current | undefined {
    return this.#value;
  }

  /** A step that the reader can take back. */
  enter(next: Current): void {
    history.pushState(null, '', toHash(next.state, next.choropleth));
    this.#value = next;
  }

  /** The same map, seen otherwise. */
  replace(next: Current): void {
    history.replaceState(null, '', toHash(next.state, next.choropleth));
    this.#value = next;
  }

  /** What the address says already. */
  follow(next: Current): void {
    this.#value = next;
  }
}
