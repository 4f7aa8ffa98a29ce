import { access } from './access/capability.ts';
import { archives } from './archives/capability.ts';
import { ask } from './ask/capability.ts';
import { audit } from './audit/capability.ts';
import { base } from './base/capability.ts';
import type { Capability } from './capability.ts';
import { catalog } from './catalog/capability.ts';
import { choropleth } from './choropleth/capability.ts';
import { cluster } from './cluster/capability.ts';
import { santri } from './compat/santri/capability.ts';
import { db } from './db/capability.ts';
import { demo } from './demo/capability.ts';
import { edit } from './edit/capability.ts';
import { auto } from './engine/auto/capability.ts';
import { grids } from './engine/grids/capability.ts';
import { embed } from './embed/capability.ts';
import { pyramid } from './engine/pyramid/capability.ts';
import { features } from './features/capability.ts';
import { http } from './http/capability.ts';
import { init } from './init/capability.ts';
import { imports } from './import/capability.ts';
import { joins } from './joins/capability.ts';
import { limits } from './limits/capability.ts';
import { maps } from './maps/capability.ts';
import { mcp } from './mcp/capability.ts';
import type { MapsPart } from './maps-part.ts';
import { observe } from './observe/capability.ts';
import type { Told } from './observe/events.ts';
import { ogc } from './ogc/capability.ts';
import { previews } from './previews/capability.ts';
import { proposals } from './propose/capability.ts';
import { refresh } from './refresh/capability.ts';
import { delta } from './refresh/delta/capability.ts';
import { search } from './search/capability.ts';
import { security } from './security/capability.ts';
import type { ConfigOf, Settings } from './settings.ts';
import { studio } from './studio/capability.ts';
import { tiles } from './tiles/capability.ts';

/** Everything that the server can do, in the order in which it starts. */
export const CAPABILITIES = [
  cluster, // several processes behind one port
  observe, // health and metrics
  http, // what every answer goes through, and the description of all routes
  db, // the database
  security, // API keys, and the first of them
  audit, // who did what
  base, // the world under maps
  limits, // how much anybody may ask for
  demo, // the demo data of a new embedded database
  catalog, // which layers are there, and when they changed
  auto, // what is made by itself of large layers
  pyramid, // cells of dense points
  grids, // grids of tiles besides that of Web Mercator
  tiles, // tiles of layers
  features, // their rows as GeoJSON
  refresh, // materialized views, and who is told of new data
  delta, // cubes kept by deltas
  santri, // the paths of the santri application, before the general ones
  choropleth, // regions in classes by their values
  maps, // whether maps.yaml fits the database
  access, // who may see what
  ogc, // layers and choropleths as OGC API has them
  edit, // changes of layers, through OGC API
  embed, // choropleths in other sites' pages
  ask, // questions and answers
  init, // a first maps.yaml for a database
  imports, // boundaries and figures from files
  joins, // which regions the names in a table are of
  proposals, // from a table of figures to a choropleth
  previews, // GeoJSON as maps before anything is written
  studio, // choropleths made in a page
  archives, // all tiles as one file
  mcp, // what language models read
  search, // places, layers and maps by their names
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

/** What the capabilities read in `maps.yaml`. */
export type CapabilityMaps = Together<
  Each extends infer One ? (One extends { maps: MapsPart<infer Read> } ? Read : never) : never
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

/** The list for who walks along it and looks at what each declares. */
export const capabilities: readonly Capability[] = CAPABILITIES;
