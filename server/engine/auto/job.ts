import type { TableLayer } from '../../catalog/types.ts';
import type { Queryable } from '../../db/types.ts';

/** Something that the server makes of a layer by itself, and makes again when the layer has changed. */
export interface AutoJob {
  /** What it makes: `pyramid`, `overviews`. One layer has one job of a kind. */
  readonly kind: string;
  readonly layer: TableLayer;
  /** Whether it is missing, or older than the layer. Asked after every change, so it should cost next to nothing. */
  needed(): boolean | Promise<boolean>;
  /**
   * Makes it, in a transaction that is its own (repeatable read) on a connection of its own. Another process may
   * have made it since `needed()` was asked: undefined where there was nothing to do after all.
   */
  build(tx: Queryable, tools: AutoTools): Promise<AutoBuilt | undefined>;
  /** After the commit: reads what there is now. */
  built?(): void | Promise<void>;
}

export interface AutoTools {
  /** Fires when the server stops. */
  readonly signal: AbortSignal;
  /** Bytes of disk that it may take. Who takes more is rolled back. */
  readonly room: number;
  /** What is being done, for the log and `/health`. */
  readonly step: (text: string) => void;
}

export interface AutoBuilt {
  /** All that the layer has of this kind now: names in schema `chorograph`. */
  readonly tables: readonly string[];
  readonly rows: number;
}

/** Nothing is wrong, but it cannot be made: told once, and tried again when much time has passed. */
export class Unable extends Error {}

export type AutoEvent =
  | { type: 'auto.building'; kind: string; layer: string; step: string }
  | { type: 'auto.built'; kind: string; layer: string; rows: number; bytes: number; ms: number }
  | { type: 'auto.failed'; kind: string; layer: string; error: unknown }
  /** Without a layer: of none. */
  | { type: 'auto.unable'; kind?: string; layer?: string; reason: string };
