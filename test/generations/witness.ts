import { createHash } from 'node:crypto';
import { VectorTile } from '@mapbox/vector-tile';
import { PbfReader } from 'pbf';
import type { Instance } from './instance.ts';
import { CHOROPLETHS, FORMS, LAYERS } from './world.ts';

/** One answer of one instance. */
export interface Seen {
  readonly path: string;
  readonly status: number;
  readonly etag: string | null;
  /** `g=` of the request that was answered as immutable. */
  readonly immutable: string | undefined;
  /** Digest of the bytes, and of what they say: order and links aside. */
  readonly bytes: string;
  readonly content: string;
  readonly text: string;
}

export interface Violation {
  readonly rule: string;
  readonly path: string;
  readonly detail: string;
}

const TILES = ['0/0/0', '1/1/0'] as const;

/** All that an instance says, each form once plainly and once as of the version that it names itself. */
export async function readAll(instance: Instance): Promise<Seen[]> {
  const of = await Promise.all([
    ...LAYERS.map((layer) => readLayer(instance, layer)),
    ...CHOROPLETHS.map((id) => readChoropleth(instance, id)),
  ]);
  return of.flat();
}

async function readLayer(instance: Instance, layer: string): Promise<Seen[]> {
  const document = await read(instance, `/tiles/${layer}.json`);
  const g = /[?&]g=([^"&]+)/.exec(document.text)?.[1];
  const tiles = TILES.map((tile) => read(instance, `/tiles/${layer}/${tile}.mvt`, g));
  return [document, await read(instance, `/features/${layer}`), ...(await Promise.all(tiles))];
}

async function readChoropleth(instance: Instance, id: string): Promise<Seen[]> {
  const base = `/gis/choropleth/${id}`;
  const values = await read(instance, `${base}/values.json`);
  const g = /"version":"([^"]+)"/.exec(values.text)?.[1];
  const forms = FORMS.map((form) => read(instance, form === '' ? base : `${base}/${form}`, g));
  const tiles = TILES.map((tile) => read(instance, `${base}/tiles/${tile}.mvt`, g));
  return [values, ...(await Promise.all([...forms, ...tiles]))];
}

async function read({ url }: Instance, path: string, g?: string): Promise<Seen> {
  const answer = await fetch(`${url}${path}${g === undefined ? '' : `?g=${encodeURIComponent(g)}`}`);
  const body = Buffer.from(await answer.arrayBuffer());
  const isImmutable = answer.headers.get('cache-control')?.includes('immutable') ?? false;
  const isTile = path.endsWith('.mvt') && answer.ok;
  const text = isTile ? decoded(body) : plain(body.toString());
  return {
    path,
    status: answer.status,
    etag: answer.headers.get('etag'),
    immutable: isImmutable && g !== undefined ? g : undefined,
    bytes: digest(body),
    content: digest(`${answer.status === 204 ? 200 : answer.status} ${text}`),
    text: isTile ? text : body.toString(),
  };
}

/** What a tile shows, whatever order a query plan had it in. */
function decoded(body: Buffer): string {
  const { layers } = new VectorTile(new PbfReader(body));
  const shown = Object.entries(layers).map(([name, layer]) => {
    const features = Array.from({ length: layer.length }, (_, i) => {
      const feature = layer.feature(i);
      return JSON.stringify([feature.id, feature.properties, feature.loadGeometry()]);
    });
    return [name, features.sort()];
  });
  return JSON.stringify(shown.filter(([, features]) => features!.length > 0));
}

/** A document without what names its version or its time. */
function plain(text: string): string {
  return text
    .replaceAll(/\bg=[\w.%-]+/g, '')
    .replaceAll(
      /"(version|chorograph:version|refreshedAt|generation|requestId)":("[^"]*"|null|\{[^}]*\})/g,
      '',
    );
}

function digest(data: Buffer | string): string {
  return createHash('sha1').update(data).digest('base64url').slice(0, 12);
}

/** Remembers every ETag and every immutable URL that anybody was given, and what it stood for. */
export class Witness {
  readonly #etags = new Map<string, { bytes: string; when: string; text: string }>();
  readonly #urls = new Map<string, { content: string; when: string; text: string }>();

  get size(): { etags: number; urls: number } {
    return { etags: this.#etags.size, urls: this.#urls.size };
  }

  /** @param when who saw it, and after which step */
  note(all: readonly Seen[], when: string): Violation[] {
    const violations: Violation[] = [];
    for (const { path, status, etag, immutable, bytes, content, text } of all) {
      if (status !== 200 && status !== 204) continue;
      if (etag !== null) {
        const key = `${path} ${etag}`;
        const known = this.#etags.get(key);
        if (known && known.bytes !== bytes)
          violations.push({
            rule: 'one ETag, two contents',
            path,
            detail: both(known, { when, text }, etag),
          });
        else this.#etags.set(key, { bytes, when, text });
      }
      if (immutable !== undefined) {
        const key = `${path} ${immutable}`;
        const known = this.#urls.get(key);
        if (known && known.content !== content)
          violations.push({
            rule: 'one g, two contents',
            path,
            detail: both(known, { when, text }, immutable),
          });
        else this.#urls.set(key, { content, when, text });
      }
    }
    return violations;
  }
}

/** Where one that has caches says another thing than one that has none. */
export function differences(cached: readonly Seen[], fresh: readonly Seen[]): Violation[] {
  return cached.flatMap((seen, i) => {
    const other = fresh[i];
    if (!other || other.path !== seen.path) throw new Error('both were asked the same');
    if (other.content === seen.content) return [];
    const detail = `cached ${seen.status} ${seen.immutable ?? ''} ${seen.text.slice(0, 1500)}\nfresh  ${other.status} ${other.immutable ?? ''} ${other.text.slice(0, 1500)}`;
    return [{ rule: 'stale', path: seen.path, detail }];
  });
}

interface Told {
  when: string;
  text: string;
}

function both(before: Told, now: Told, name: string): string {
  return `${name}\n  ${before.when}: ${before.text.slice(0, 1500)}\n  ${now.when}: ${now.text.slice(0, 1500)}`;
}
