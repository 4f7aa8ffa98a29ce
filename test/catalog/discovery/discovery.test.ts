import assert from 'node:assert/strict';
import type { TableLayer } from '../../../server/catalog/types.ts';
import { newServer, type TestServer } from '../../support/environment.ts';
import { bytesOf, featuresOf } from '../../support/decode.ts';
import { ODD_TABLES } from '../odd.ts';

/** Layers of the odd tables: features in the world's tile and in the feature list. */
const SERVED: readonly (readonly [id: string, inTile: number, inList: number])[] = [
  ['no_srid', 2, 2],
  ['other.no_srid', 1, 1],
  ['other.no_srid~2', 1, 1], // schema other, after public's table of that odd name
  ['srid_in_data', 1, 2],
  ['globe', 2, 2],
  ['mixed_types', 6, 9],
  ['faces', 1, 3],
  ['two_geometries', 1, 1],
  ['two_geometries.centre', 1, 1],
  ['Upper Case', 1, 1],
  [`quo"te's`, 1, 1],
  ['🗺️ карта', 1, 1],
  ['%2e?#&=+;', 1, 1],
  ['__proto__', 1, 1],
  ['awkward_names', 2, 2],
  ['empty_table', 0, 0],
  ['key_bigint', 3, 3],
  ['key_uuid', 1, 1],
  ['key_text', 3, 3],
  ['key_date', 2, 2],
  ['key_char', 2, 2],
  ['key_composite', 10, 10],
  ['key_none', 2, 2],
  ['key_nulls', 5, 5],
  ['typed', 3, 3],
  ['pacific', 6, 7],
  ['poles', 2, 4],
  ['invalid_polygons', 1, 2],
  ['solid', 1, 1],
  ['solid.line', 1, 1],
  ['utm', 1, 1],
  ['british', 1, 1],
  ['mercator', 1, 1],
  ['a_view', 3, 3],
  ['a_view_without_srid', 1, 1],
  ['a_matview', 3, 3],
  ['parted', 2, 2],
];

const REFUSED: readonly (readonly [id: string, reason: string])[] = [
  ['mixed_srids', 'mixed_srids'],
  ['unknown_srid', 'unknown_srid'],
  ['surfaces', 'unsupported_geometry'],
  ['never_populated', 'never_populated'],
  ['with,comma', 'name_not_addressable'],
  ['with/slash', 'name_not_addressable'],
  ['..', 'name_not_addressable'],
];

interface Listed {
  id: string;
  servable: boolean;
  reason?: string;
  srid?: number;
  sridAssumed?: boolean;
  kind?: string;
  tilejson?: string;
  features?: string;
}

describe('discovery', () => {
  let server: TestServer;
  let listed: Map<string, Listed>;
  const layer = (id: string): TableLayer => server.ctx.catalog.tableLayer(id);

  before(async () => {
    server = await newServer({ sql: ODD_TABLES });
    const { body } = await server.api.get('/tiles').expect(200);
    listed = new Map((body as { layers: Listed[] }).layers.map((entry) => [entry.id, entry]));
  });

  it('lists every layer once, and no table that is none', () => {
    const expected = [
      ...SERVED.map(([id]) => id),
      ...REFUSED.map(([id]) => id),
      'lost_in_space',
      'a_view_that_fails',
    ];
    assert.deepEqual([...listed.keys()].sort(), expected.sort());
  });

  for (const [id, inTile, inList] of SERVED) {
    it(`serves ${id}: ${inTile} in the world's tile, ${inList} in the list`, async () => {
      const entry = listed.get(id);
      assert.equal(entry?.servable, true, entry?.reason);
      const path = encodeURIComponent(id);
      const tile = await bytesOf(server.api.get(`/tiles/${path}/0/0/0.mvt`));
      assert.equal(tile.status, inTile === 0 ? 204 : 200);
      assert.equal(featuresOf(tile.body as Buffer, id).length, inTile);
      const features = await server.api.get(`/features/${path}`).expect(200);
      assert.equal((features.body as { features: unknown[] }).features.length, inList);
      const document = await server.api.get(`/tiles/${path}.json`).expect(200);
      assert.equal((document.body as { vector_layers: { id: string }[] }).vector_layers[0]?.id, id);
    });
  }

  it('gives addresses that lead to the layers', async () => {
    for (const entry of [...listed.values()].filter(({ servable }) => servable)) {
      for (const address of [entry.tilejson, entry.features]) {
        const { pathname } = new URL(address ?? '');
        const { status } = await server.api.get(pathname);
        const broken = address === entry.features && entry.id === 'a_view_that_fails';
        assert.equal(status === 200, !broken, `${pathname}: ${status}`);
      }
    }
  });

  for (const [id, reason] of REFUSED) {
    it(`lists ${id} with the reason ${reason}`, async () => {
      assert.deepEqual([listed.get(id)?.servable, listed.get(id)?.reason], [false, reason]);
      if (reason === 'name_not_addressable') return;
      for (const path of [`/tiles/${id}.json`, `/tiles/${id}/0/0/0.mvt`, `/features/${id}`]) {
        const { body } = await server.api.get(path).expect(501);
        assert.deepEqual([body.code, body.reason], ['layer_unservable', reason]);
      }
    });
  }

  it('says which rows have no place on earth, and serves the others', async () => {
    const tile = await bytesOf(server.api.get('/tiles/lost_in_space/0/0/0.mvt').expect(200));
    assert.equal(featuresOf(tile.body as Buffer, 'lost_in_space').length, 1);
    const { body } = await server.api.get('/features/lost_in_space').expect(200);
    const { features } = body as { features: { geometry: object | null }[] };
    assert.deepEqual(
      features.map(({ geometry }) => geometry !== null),
      [true, false],
    );
  });

  it('says nothing of the inside of a view that fails', async () => {
    const { body } = await server.api.get('/features/a_view_that_fails').expect(502);
    assert.equal(body.code, 'layer_query_failed');
    assert.doesNotMatch(JSON.stringify(body), /division|zero|select/i);
  });

  it('takes SRIDs from the declaration, from the data, or the default', () => {
    const srids = ['no_srid', 'srid_in_data', 'utm', 'a_view_without_srid', 'globe', 'typed'].map((id) => [
      listed.get(id)?.srid,
      listed.get(id)?.sridAssumed ?? false,
    ]);
    assert.deepEqual(srids, [
      [4326, true],
      [32748, false],
      [32748, false],
      [4326, false],
      [4326, false],
      [4326, false],
    ]);
  });

  it('tells kinds apart', () => {
    const kinds = ['typed', 'a_view', 'a_matview', 'parted'].map((id) => listed.get(id)?.kind);
    assert.deepEqual(kinds, ['table', 'view', 'materialized view', 'table']);
  });

  it('finds keys', () => {
    const keys = ['typed', 'key_composite', 'key_uuid', 'key_nulls', 'key_none', 'a_view'].map((id) => {
      const { key } = layer(id);
      return key && [key.columns.join(), key.integer, key.nullable];
    });
    assert.deepEqual(keys, [
      ['id', 'id', false],
      ['a,b', undefined, false],
      ['id', undefined, false],
      ['id', 'id', true],
      undefined,
      undefined,
    ]);
  });

  it('resolves domains, and sees the type and SRID that a domain over geometry declares', () => {
    const { columns, geometry } = layer('typed');
    assert.equal(columns.find(({ name }) => name === 'dom')?.type, 'integer');
    assert.deepEqual([geometry.type, geometry.srid, geometry.sridAssumed], ['POINT', 4326, false]);
  });

  it('sees spatial indexes', () => {
    assert.deepEqual([layer('utm').geometry.hasIndex, layer('typed').geometry.hasIndex], [true, false]);
  });
});
