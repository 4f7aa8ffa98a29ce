import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { booleanPointInPolygon } from '@turf/turf';
import fc from 'fast-check';
import { readRegions } from '../../server/demo/files.ts';
import { seededRandom } from '../../server/tools/random.ts';
import { DEMO_SIZE, syntheticSantri } from '../../server/demo/synthetic.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

describe('the seeded random source', () => {
  it('gives the same values for the same seed, on every machine', () => {
    const random = seededRandom(1);
    assert.deepEqual(
      [random.unit(), random.unit(), random.integer(1, 100), random.uuid()],
      [0.6270739405881613, 0.002735721180215478, 53, 'fb2627fd-f7e7-4d2b-87f6-66309ce301f0'],
    );
  });

  it('keeps to its ranges', () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: -50, max: 50 }), fc.nat(50), (seed, from, width) => {
        const random = seededRandom(seed);
        const whole = random.integer(from, from + width);
        const unit = random.unit();
        return (
          Number.isInteger(whole) &&
          whole >= from &&
          whole <= from + width &&
          unit >= 0 &&
          unit < 1 &&
          Math.abs(random.bell()) <= 1 &&
          UUID.test(random.uuid())
        );
      }),
    );
  });
});

describe('synthetic santri and pesantren', () => {
  const provinces = readRegions('id/provinces.topo.json', 'provinces');
  const byName = new Map(provinces.map((province) => [province.properties.name, province]));
  const { pesantren, santri } = syntheticSantri(provinces);
  const all = [...pesantren, ...santri];

  it('are the same on every run, and others for another seed', () => {
    const digest = (value: unknown): string =>
      createHash('sha256').update(JSON.stringify(value)).digest('hex');
    const small = { pesantren: 50, santri: 200, seed: 7 };
    const first = digest(syntheticSantri(provinces, small));
    assert.equal(digest(syntheticSantri(provinces, small)), first);
    assert.notEqual(digest(syntheticSantri(provinces, { ...small, seed: 8 })), first);
  });

  it('are as many as promised, all with keys of their own', () => {
    assert.equal(pesantren.length, DEMO_SIZE.pesantren);
    assert.equal(santri.length, DEMO_SIZE.santri);
    const ids = all.flatMap(({ id, map_id: mapId }) => [id, mapId]);
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, UUID);
  });

  it('lie inside the province they name, in a district of it', () => {
    for (const { provinsi, kabupaten, lon, lat } of all) {
      const province = byName.get(provinsi);
      assert.ok(province && booleanPointInPolygon([lon, lat], province), `${lon} ${lat} in ${provinsi}`);
      assert.match(kabupaten.replace(`Kab. ${provinsi} `, ''), /^\d+$/);
    }
    assert.equal(new Set(santri.map(({ provinsi }) => provinsi)).size, provinces.length);
  });

  it('have a category exactly where there is a score, and the right one', () => {
    // prettier-ignore
    const floors: Record<string, number> = {
      'Sangat Miskin': 80, Miskin: 60, Rentan: 40, 'Tidak Miskin': 0,
      sangat_layak: 80, layak: 60, cukup_layak: 40, tidak_layak: 0,
    };
    for (const { skor, kategori } of all) {
      assert.equal(skor === null, kategori === null);
      if (skor === null || kategori === null) continue;
      const floor = floors[kategori]!;
      assert.ok(
        skor >= floor && skor <= (floor === 80 ? 100 : Math.max(39, floor + 19)),
        `${kategori}: ${skor}`,
      );
    }
    assert.deepEqual(new Set(all.map(({ kategori }) => kategori)), new Set([null, ...Object.keys(floors)]));
  });

  it('include students without a school; the others name one of their province', () => {
    const schools = new Map(pesantren.map((school) => [school.id, school.provinsi]));
    const without = santri.filter(({ pesantren_id: id }) => id === null);
    assert.ok(without.length > 0 && without.length < santri.length / 4);
    for (const { pesantren_id: id, provinsi } of santri) {
      if (id !== null) assert.equal(schools.get(id), provinsi);
    }
  });

  it('were registered in every year from 2021 to 2025 and changed no earlier', () => {
    const years = new Set(santri.map(({ created_at: created }) => created.slice(0, 4)));
    assert.deepEqual([...years].sort(), ['2021', '2022', '2023', '2024', '2025']);
    for (const { created_at: created, updated_at: updated } of all) {
      assert.ok(created <= updated && updated < '2026', `${created} ${updated}`);
    }
  });

  it('refuse a province that has no weight', () => {
    const strange = { ...provinces[0]!, id: 'ID-XX' };
    assert.throws(() => syntheticSantri([strange]), /ID-XX/);
  });
});
