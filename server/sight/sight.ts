import { fits, type Access } from './access.ts';

/** As whom the database is asked for somebody: a role of it, and what its policies may read of the request. */
export interface RowRole {
  readonly role: string;
  /** JSON, for `current_setting('request.jwt.claims')`. */
  readonly claims: string;
}

/** Somebody who showed a valid key, or came by a URL that one signed. */
export interface Viewer {
  readonly id: string;
  readonly scopes: readonly string[];
  /** Where it is a signed URL: the patterns that it is for, which nothing else of the key goes beyond. */
  readonly only?: readonly string[] | undefined;
  /** The role that rows are read as, where this is somebody with a token that says so. */
  readonly role?: RowRole | undefined;
}

/** What a signed URL was signed by: `sig=…&exp=…`, and how URLs of this host begin. */
export interface Signed {
  readonly query: string;
  readonly base: string;
}

/** What one request may see. Lookups ask it, so that a route that forgets about access shows what is public and no more. */
export interface Sight {
  readonly viewer: Viewer | undefined;
  /** Where the URL is signed: parameters that links to this host carry on. */
  readonly signed: Signed | undefined;
  /** Why the token that it came with is not good: what it does not find is refused for that. */
  readonly refusal: Error | undefined;
  /** Whether anything was shown that is not public: the answer is this viewer's alone. */
  readonly opened: boolean;
  /** Whether anything was left out: others may be answered otherwise. */
  readonly hid: boolean;
  /** The same for all who may see the same. */
  readonly key: string;
  /**
   * What of `access: role` is never there: for whoever does not read its rows as that role.
   * @param name the id of a layer; `choropleth/ID`
   */
  sees(access: Access | undefined, name: string): boolean;
  /** Told by a lookup whose answer shows what is not everybody's: its id, or `choropleth/ID`. */
  reached?(name: string): void;
  /** The same with what is of `access: role`: for lookups whose rows are then read as that role (`inRole`). */
  readonly ofRows: Looking;
}

/** What a lookup asks. */
export type Looking = Pick<Sight, 'sees' | 'reached'>;

/** What everybody may see. */
export const PUBLIC: Sight = {
  viewer: undefined,
  signed: undefined,
  refusal: undefined,
  opened: false,
  hid: false,
  key: 'public',
  sees: (access) => access === undefined,
  ofRows: { sees: (access) => access === undefined },
};

/** The sight of one request; it notes what it was asked for. */
export class RequestSight implements Sight {
  readonly viewer: Viewer | undefined;
  readonly signed: Signed | undefined;
  readonly refusal: Error | undefined;
  opened = false;
  hid = false;

  readonly #onReached: ((name: string, viewer: Viewer) => void) | undefined;

  constructor(
    viewer?: Viewer,
    signed?: Signed,
    refusal?: Error,
    onReached?: (name: string, viewer: Viewer) => void,
  ) {
    this.#onReached = onReached;
    this.viewer = viewer;
    this.signed = signed;
    this.refusal = refusal;
  }

  get key(): string {
    const { viewer } = this;
    return viewer
      ? JSON.stringify([[...viewer.scopes].sort(), viewer.only ?? null, viewer.role ?? null])
      : PUBLIC.key;
  }

  sees(access: Access | undefined, name: string): boolean {
    return access === undefined || this.#noted(access !== 'role' && maySee(this.viewer, access, name));
  }

  reached(name: string): void {
    if (this.viewer) this.#onReached?.(name, this.viewer);
  }

  get ofRows(): Looking {
    return {
      sees: (access, name) => (access === 'role' ? this.#noted(this.#hasRole) : this.sees(access, name)),
      reached: (name) => this.reached(name),
    };
  }

  get #hasRole(): boolean {
    return this.viewer?.role !== undefined && this.viewer.only === undefined;
  }

  #noted(may: boolean): boolean {
    if (may) this.opened = true;
    else this.hid = true;
    return may;
  }
}

/** Whether somebody may see what has this access. */
export function maySee(viewer: Viewer | undefined, access: Access | undefined, name: string): boolean {
  if (access === undefined || access === 'public') return true;
  if (!viewer || access === 'nobody' || access === 'role') return false;
  if (viewer.only && !viewer.only.some((pattern) => fits(pattern, name))) return false;
  const { scopes } = viewer;
  return (
    access === 'key' ||
    scopes.includes('admin') ||
    scopes.includes(access) ||
    scopes.includes(access.slice('scope:'.length)) ||
    scopes.some((scope) => scope.startsWith('read:') && fits(scope.slice('read:'.length), name))
  );
}
