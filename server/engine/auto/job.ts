import type { TableLayer } from '../../catalog/types.ts';
import type { Queryable } from '../../db/types.ts';

/** Something that the server makes of a layer by itself, and makes again when the layer has changed. */
export interface AutoJob {
  /** What it makes: `pyramid`, `overviews`. One layer has one job of a kind. */
  readonly kind: string;
  readonly layer: TableLayer;
  /** Whether it is missing, or older than the layer. Asked after every change, so it should cost next to nothing. */
  needed(): boolean | Promise<boolean>;
  /** Before the transaction: has changes kept that come after what it will see. */
  prepare?(): Promise<void>;
  /**
   * Makes it, in a transaction that is its own (repeatable read) on a connection of its own. Another process may
   * have made it since `needed()` was asked: undefined where there was nothing to do after all;
   * `later` where all rows would have to be read, which the job may not now.
   */
  build(tx: Queryable, tools: AutoTools): Promise<AutoBuilt | 'later' | undefined>;
  /** After the commit: reads what there is now. */
  built?(): void | Promise<void>;
}

export interface AutoTools {
  /** False while the job rests after it read all rows: it may take in what changed since, no more. */
  readonly mayReadAll: boolean;
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
  /** Where it followed what changed instead of being made of all rows: changed rows, and what was written for them. */
  readonly changed?: { readonly rows: number; readonly written: number } | undefined;
}

/** Nothing is wrong, but it cannot be made: told once, and tried again when much time has passed. */
export class Unable extends Error {}

export type AutoEvent =
  | { type: 'auto.building'; kind: string; layer: string; step: string }
  | { type: 'auto.built'; kind: string; layer: string; rows: number; bytes: number; ms: number }
  /** It took in changed rows; `written`: cells or rows of copies. */
  | { type: 'auto.followed'; kind: string; layer: string; changed: number; written: number; ms: number }
  /** Its layer is there no more, or wants it no more. */
  | { type: 'auto.removed'; kind: string; layer: string }
  | { type: 'auto.failed'; kind: string; layer: string; error: unknown }
  /** Without a layer: of none. */
  | { type: 'auto.unable'; kind?: string; layer?: string; reason: string };
