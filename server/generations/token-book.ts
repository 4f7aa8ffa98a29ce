import type { World } from './states.ts';
import {
  ownInput,
  passingToken,
  stateAt,
  tokenOf,
  UNKNOWN,
  viewToken,
  type RelationState,
  type Stamp,
} from './tokens.ts';

/** The tokens of all relations of a world; what did not change since another book is taken from there. */
export class TokenBook {
  readonly world: World;
  readonly #tokens = new Map<string, string>();

  constructor(world: World, before?: TokenBook) {
    this.world = world;
    const sameEpoch =
      before?.world.epoch.base === world.epoch.base && before.world.epoch.counters === world.epoch.counters;
    for (const state of world.states.values()) {
      if (state.kind === 'v') continue;
      const known = sameEpoch && before?.world.states.get(state.relation) === state;
      const token = known ? before?.of(state.relation) : undefined;
      this.#tokens.set(state.relation, token ?? tokenOf(state, ownInput(state, world.epoch)));
    }
    for (const state of world.states.values()) {
      if (state.kind === 'v')
        this.#tokens.set(
          state.relation,
          this.#view(state, (name) => this.#part(name)),
        );
    }
  }

  of(relation: string): string {
    return this.#tokens.get(relation) ?? UNKNOWN;
  }

  entries(): IterableIterator<[string, string]> {
    return this.#tokens.entries();
  }

  /** The token as of the moment of a stamp; where that does not say, as it is here. */
  at(relation: string, stamp: Stamp): string {
    const state = this.world.states.get(relation);
    if (!state) return UNKNOWN;
    const seen = this.#at(state, stamp);
    if (typeof seen === 'string') return seen;
    if (seen.kind !== 'v')
      return seen === state ? this.of(relation) : tokenOf(seen, ownInput(seen, this.world.epoch));
    return this.#view(seen, (name) => {
      const part = this.world.states.get(name);
      if (!part) return UNKNOWN;
      const partSeen = this.#at(part, stamp);
      if (typeof partSeen === 'string') return partSeen;
      if (partSeen === part) return this.#part(name);
      return partSeen.kind === 'v'
        ? ownRules(partSeen)
        : tokenOf(partSeen, ownInput(partSeen, this.world.epoch));
    });
  }

  /** What a statement that reads a relation reads: itself, and all that a view is made of. */
  sources(relation: string): RelationState[] {
    const { states, views } = this.world;
    return [relation, ...(views.get(relation)?.reads ?? [])].flatMap((name) => states.get(name) ?? []);
  }

  #at(state: RelationState, stamp: Stamp): RelationState | string {
    const entry = stamp[state.relation];
    return entry ? (stateAt(state, entry) ?? passingToken(entry)) : state;
  }

  #view(state: RelationState, of: (relation: string) => string): string {
    const { views, epoch } = this.world;
    const dependencies = views.get(state.relation);
    if (!dependencies) return UNKNOWN;
    const isSteady = [state.relation, ...dependencies.reads].every(
      (name) => views.get(name)?.isSteady ?? true,
    );
    const calls = dependencies.reads.map((name) => views.get(name)?.calls ?? '').join();
    return viewToken(
      state,
      { ...dependencies, isSteady, calls: `${dependencies.calls} ${calls}` },
      epoch,
      of,
    );
  }

  /** What a view that reads it takes of it: of another view only its rules, as its tables are named as well. */
  #part(relation: string): string {
    const state = this.world.states.get(relation);
    if (!state) return UNKNOWN;
    return state.kind === 'v' ? ownRules(state) : this.of(relation);
  }
}

function ownRules({ identity, shape, data }: RelationState): string {
  return `r${identity}.${shape}.${data?.generation}`;
}
