import assert from 'node:assert/strict';
import type { Feature, Geometry } from 'geojson';
import { createKey } from '../../server/security/keys.ts';
import type { Scope } from '../../server/security/scopes.ts';
import type { TestServer } from '../support/environment.ts';

export const PATCH = 'application/merge-patch+json';

export type One = Feature<Geometry | null> & { id: number | string };

export interface Problem {
  code: string;
  detail?: string;
  errors?: { parameter: string; value?: string; expected: string }[];
  reason?: string;
  place?: number[];
  failures?: { index: number; code: string; detail?: string }[];
}

export interface Answer<Body = One & Problem> {
  status: number;
  headers: Record<string, string>;
  body: Body;
}

/** Asks with a key of the given scopes. */
export class Editor {
  readonly server: TestServer;
  readonly key: string | undefined;

  private constructor(server: TestServer, key: string | undefined) {
    this.server = server;
    this.key = key;
  }

  static nobody = (server: TestServer): Editor => new Editor(server, undefined);

  static async with(server: TestServer, ...scopes: Scope[]): Promise<Editor> {
    return new Editor(server, (await createKey(server.ctx.db, { name: scopes.join(), scopes })).key);
  }

  /** @param headers besides the key; `undefined` values are not sent */
  async send<Body = One & Problem>(
    method: 'get' | 'post' | 'put' | 'patch' | 'delete' | 'options',
    path: string,
    { body, ...headers }: Record<string, unknown> = {},
  ): Promise<Answer<Body>> {
    const request = this.server.api[method](path.replace(this.server.url, ''));
    if (this.key !== undefined) void request.set('X-API-Key', this.key);
    const type = method === 'patch' ? PATCH : 'application/geo+json';
    for (const [name, value] of Object.entries({
      'accept-encoding': 'identity',
      ...(body === undefined ? {} : { 'content-type': type }),
      ...headers,
    }))
      if (value !== undefined) void request.set(name, String(value));
    const sent = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
    const { status, headers: got, text } = await request.send(sent).buffer(true);
    return {
      status,
      headers: got as Record<string, string>,
      body: (text ? JSON.parse(text) : undefined) as Body,
    };
  }

  async get(path: string): Promise<Answer> {
    const answer = await this.send('get', path);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    return answer;
  }

  /** Status and code of what is refused; the status alone of what is not. */
  async outcome(...request: Parameters<Editor['send']>): Promise<string> {
    const { status, body } = await this.send(...request);
    return status < 400 ? String(status) : `${status} ${body.code}`;
  }
}

export const point = (x: number, y: number): Geometry => ({ type: 'Point', coordinates: [x, y] });

export const feature = (geometry: unknown, properties: object | null, more: object = {}): object => ({
  type: 'Feature',
  geometry,
  properties,
  ...more,
});
