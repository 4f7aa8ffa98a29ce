import type { Capability } from './capability.ts';
import { catalog } from './catalog/capability.ts';
import { choropleth } from './choropleth/capability.ts';
import type { Context } from './context.ts';
import { demo } from './demo/capability.ts';
import { maps } from './maps/capability.ts';
import type { Event, Observe, Told } from './observe/events.ts';
import { security } from './security/capability.ts';
import type { ConfigOf, Settings } from './settings.ts';

/** Everything that the server can do, in the order in which it starts. */
export const CAPABILITIES = [
  security, // API keys, and the first of them
  demo, // the demo data of a new embedded database
  catalog, // which layers are there
  maps, // whether maps.yaml fits them
  choropleth, // what maps leave out
] as const satisfies readonly Capability[];

type Each = (typeof CAPABILITIES)[number];
type Together<Union> = (Union extends unknown ? (one: Union) => void : never) extends (all: infer All) => void
  ? All
  : never;

/** What the capabilities add to the configuration. */
export type CapabilityConfig = Together<
  Each extends infer One
    ? One extends { settings: infer Declared extends Settings }
      ? ConfigOf<Declared>
      : never
    : never
>;

/** What the capabilities add to the context. */
export type Services = Together<
  Each extends infer One ? (One extends { services: (ctx: never) => infer Added } ? Added : never) : never
>;

/** What the capabilities tell. */
export type CapabilityEvent = Each extends infer One
  ? One extends { events: Told<infer Event> }
    ? Event
    : never
  : never;

/** The context as the server makes it. */
export type WholeContext = Context & Services & { readonly observe: Observe<Event | CapabilityEvent> };

/** The list for who walks along it: the compiler holds what each asks for against what there is. */
export const capabilities: readonly Capability<WholeContext>[] = CAPABILITIES;
