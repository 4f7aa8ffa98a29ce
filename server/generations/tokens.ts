import { createHash } from 'node:crypto';

/** What the data of a relation is at, as transactions that changed it left it. */
export interface Data {
  readonly generation: number;
  /** How many changes there were: with the generation, which is also a time, it is never the same twice. */
  readonly changes: number;
  /** ISO 8601, UTC. */
  readonly changedAt: string;
}

/** A relation as the database has it: see `sql/catalog/states.sql` and `tracking.sql`. */
export interface RelationState {
  readonly relation: string;
  /** The name as SQL spells it, or the oid where the role may not use its schema. */
  readonly quoted: string;
  /** `pg_class.relkind`: table, partitioned table, materialized view, view, foreign table. */
  readonly kind: 'r' | 'p' | 'm' | 'v' | 'f';
  /** Which relation and which files it is, its columns and rules: what a stamp says as well. */
  readonly identity: string;
  /** What else decides the bytes of its rows. */
  readonly shape: string;
  /** PostgreSQL's counters of changed rows; null where nothing counts. */
  readonly counted: string | null;
  /** A crash empties it. */
  readonly isUnlogged: boolean;
  /** Row security: who reads decides which rows there are. */
  readonly isSecured?: boolean | undefined;
  /** Undefined where nothing tells changes as they are committed. */
  readonly data: Data | undefined;
  /** Why not every change is told any more, although it was tracked. */
  readonly lost: string | undefined;
  /** Its generation tells changes of ours, and those of others show in the counters alone. */
  readonly isPartial?: boolean | undefined;
}

/** What a view is made of; see `sql/catalog/dependencies.sql`. */
export interface Dependencies {
  readonly reads: readonly string[];
  readonly calls: string | null;
  /** False where it changes although nothing that it reads does. */
  readonly isSteady: boolean;
}

/** What numbers and counters were made in. */
export interface Epoch {
  /** The cluster and its timeline, the database, PostGIS: the same numbers mean the same data only there. */
  readonly base: string;
  /** When counters last began anew, or may have come back to old values. */
  readonly counters: string;
}

/** A relation in the moment that a statement saw: identity, counters, generation, number of changes, time of the last. */
export type StampEntry = readonly [
  identity: string,
  counted: string | null,
  generation: number | null,
  changes: number,
  changedAt: string | null,
];
export type Stamp = Readonly<Record<string, StampEntry>>;

/** The token of what is not known, or of what changes without a sign: it names nothing. */
export const UNKNOWN = '0';

/** Whether every change of the relation shows as a generation, exactly. */
export function isTold({ data, lost, isPartial }: RelationState): boolean {
  return data !== undefined && lost === undefined && !isPartial;
}

/**
 * Whether its token is never that of other data, whatever happened meanwhile: every change raises its number, no crash empties
 * it, and everybody sees the same rows of it. Not said of views, which may call what changes.
 */
export function tellsAll(state: RelationState): boolean {
  return state.kind !== 'v' && isTold(state) && !state.isUnlogged && !state.isSecured;
}

/**
 * Whether its next generation says all that is to be known. Of a table's first one it is for the database to say
 * whether a trigger raised it, and whether it raises every one; a materialized view has no triggers.
 */
export function canBeTold(state: RelationState): boolean {
  return isTold(state) || (state.data === undefined && state.kind === 'm');
}

/** Everything that the token of a relation that is no view stands for; undefined where nothing tells its changes. */
export function ownInput(state: RelationState, epoch: Epoch): string | undefined {
  const { identity, shape, data, counted, isUnlogged } = state;
  const parts = [epoch.base, identity, shape, data?.generation, data?.changes];
  if (isTold(state)) return JSON.stringify(isUnlogged ? [...parts, epoch.counters] : parts);
  return counted === null ? undefined : JSON.stringify([...parts, counted, epoch.counters]);
}

/** `g…` names a generation, `s…` counters, `v…` what a view reads. */
export function tokenOf(state: RelationState, input: string | undefined): string {
  if (input === undefined) return UNKNOWN;
  return isTold(state) ? `g${state.data?.generation}.${short(input)}` : `s${short(input)}`;
}

/** The relation as a statement saw it. Undefined where it was another one: what else decides its bytes is not known then. */
export function stateAt(
  state: RelationState,
  [identity, counted, generation, changes, changedAt]: StampEntry,
): RelationState | undefined {
  if (identity !== state.identity) return undefined;
  if (generation === null ? state.data !== undefined : !state.data && !canBeTold(state)) return undefined;
  const data = generation === null ? undefined : { generation, changes, changedAt: changedAt ?? '' };
  return { ...state, counted: state.counted === null ? null : counted, data };
}

/** The token of a moment that nothing more is known of: unlike any other, and kept by nobody. */
export function passingToken(entry: StampEntry): string {
  return `x${short(JSON.stringify(entry))}`;
}

/** Whether a token tells every change of the data: not where none is known, nor where a moment stands in for it. */
export function isVersioned(value: string): boolean {
  return /^[^0~x]/.test(value);
}

/** The number of a tracked relation's token. */
export function trackedNumber(value: string | undefined): number | undefined {
  return value?.startsWith('g') ? Number.parseInt(value.slice(1), 10) : undefined;
}

/** What nothing tells the changes of (a function, a foreign table, the clock) is kept for a moment only. */
const UNWATCHED_TTL_MS = 10_000;

/** Stands in for the token of what has none. */
export function passingMoment(): string {
  return `~${Math.floor(Date.now() / UNWATCHED_TTL_MS)}`;
}

/** The token of a generation, or of this moment where nothing tells what the data is at. */
export function tokenOrMoment(token: string): string {
  return token === UNKNOWN ? passingMoment() : token;
}

export function isPassing(value: string): boolean {
  return value.startsWith('~');
}

export function short(text: string): string {
  return createHash('sha1').update(text).digest('base64url').slice(0, 10);
}

/** A view's token: of its own rules and functions, and of all that it reads. Views that it reads count as what they are. */
export function viewToken(
  view: RelationState,
  { reads, calls, isSteady }: Dependencies,
  epoch: Epoch,
  of: (relation: string) => string,
): string {
  const parts = reads.map((relation) => `${relation}=${of(relation)}`);
  const { identity, shape, data } = view;
  const input = JSON.stringify([epoch.base, identity, shape, calls, parts, data?.generation, data?.changes]);
  // Whoever raises its generation by hand vouches for what has none.
  if (data) return `g${data.generation}.${short(input)}`;
  const isKnown = isSteady && reads.every((relation) => of(relation) !== UNKNOWN);
  return isKnown ? `v${short(input)}` : UNKNOWN;
}
