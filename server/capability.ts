import type { Logger } from 'pino';
import type { Command } from './command.ts';
import type { Route } from './http/routes.ts';
import type { MapsPart } from './maps-part.ts';
import type { Handlers, Told } from './observe/events.ts';
import type { Instruments } from './observe/instruments.ts';
import type { Published } from './generations/changes.ts';
import type { Releasers } from './tools/releasers.ts';
import type { Settings } from './settings.ts';

/**
 * What one folder brings to the server; everything but its name may be left out. `capabilities.ts` names
 * them all, once, in the order in which they start. `Context` is what it asks for: an interface of its
 * own, of a few lines, which the whole context fits (checked by the compiler) and a test's fake too.
 */
export interface Capability<Context = never> {
  /** That of its folder. */
  readonly name: string;
  /** Variables of the environment. */
  readonly settings?: Settings;
  /** What it reads in `maps.yaml`. */
  readonly maps?: MapsPart;
  /** Its events and how loud each is in the log. */
  readonly events?: Told;
  /** Names of its files in `sql/migrations`, without their ending. */
  readonly migrations?: readonly string[];
  /** What it adds to the context, made before anything is opened; those before it in the list are there. */
  readonly services?: (ctx: Context) => object;
  /** Makes its metrics; what it returns is told its events. */
  readonly metrics?: (instruments: Instruments, ctx: Context) => Handlers | void;
  /** Routes that need the database and the catalogue: 503 `starting` before. */
  readonly routes?: (ctx: Context) => readonly Route[];
  /** Routes that are answered in every state. */
  readonly operations?: (ctx: Context) => readonly Route[];
  /** What `/health` asks in every state, by the name it has there. */
  readonly vitals?: Readonly<Record<string, (ctx: Context) => Check | Promise<Check>>>;
  /** What it asks once the server is ready. */
  readonly checks?: Readonly<Record<string, (ctx: Context) => Check | Promise<Check>>>;
  /** What it has published, for browsers that listen for changes. */
  readonly published?: (ctx: Context) => Iterable<Published>;
  /** Grows whenever a URL of its may have come to mean something else: finished tiles are then looked up anew. */
  readonly epoch?: (ctx: Context) => number;
  /** Done before the server is ready, one after the other; all of them again where one fails. */
  readonly prepare?: (ctx: Context, starting: Starting) => void | Promise<void>;
  /** Done whenever the catalogue was read, first when all have prepared: holds what `maps.yaml` says against it. */
  readonly resolve?: (ctx: Context) => void | Promise<void>;
  /** Done last before the server is ready: what may take long, and is worth waiting for a little. */
  readonly settle?: (ctx: Context, starting: Starting) => void | Promise<void>;
  /** Done once, when the server is ready: timers, listeners, loops, each with its releaser. */
  readonly start?: (ctx: Context, running: Running) => void;
  /** The same for what writes to the database: after `start`, or when a standby has come to take writes. */
  readonly startWriting?: (ctx: Context, running: Running) => void;
  /** Done first when the server stops: ends answers that would not end by themselves. */
  readonly letGo?: (ctx: Context) => void;
  readonly commands?: readonly Command<never, never>[];
}

export interface Running {
  readonly log: Logger;
  /** Whatever is opened is closed by these, last first. */
  readonly releasers: Releasers;
}

export interface Starting extends Running {
  /** Says what is being done, for `/health/ready` and a person who waits. */
  readonly step: (text: string) => void;
  /** Tells the person at the terminal something once. */
  readonly tell: (text: string) => void;
  /** Whether a person alone reads that; else it ends in somebody's log. */
  readonly isTerminal: boolean;
}

/** One line of `/health`. `degraded` still serves; `failed` answers 503. */
export interface Check {
  status: 'ok' | 'degraded' | 'failed';
  detail?: string;
  /** Further members, for whoever runs the server alone. */
  told?: Readonly<Record<string, unknown>>;
  [member: string]: unknown;
}
