import assert from 'node:assert/strict';
import { filterOf, readFilter } from '../../../server/cql2/filter.ts';
import { layerOf } from '../layer.ts';

/** A layer with the properties that the examples of OGC 21-065r2 speak of. */
const layer = layerOf({
  eo_cloud_cover: 'double precision',
  'eo:cloud_cover': 'double precision',
  'eo:instrument': 'text',
  name: 'text',
  city: 'text',
  owner: 'text',
  etat_vol: 'text',
  material: 'text',
  category: 'integer',
  depth: 'double precision',
  value: 'double precision',
  vehicle_height: 'double precision',
  bridge_clearance: 'double precision',
  beamMode: 'text',
  swathDirection: 'text',
  polarization: 'text',
  windSpeed: 'double precision',
  floors: 'integer',
  swimming_pool: 'boolean',
  balance: 'numeric',
  'layer:ids': 'text[]',
  values: 'double precision[]',
  updated: 'timestamp with time zone',
  updated_at: 'date',
  event_time: 'timestamp with time zone',
  event_date: 'date',
  built: 'date',
  starts_at: 'timestamp with time zone',
  ends_at: 'timestamp with time zone',
  touchdown: 'timestamp with time zone',
  liftOff: 'timestamp with time zone',
});

const TEXT: readonly string[] = [
  // clauses 6 and 7: the basic language, LIKE, BETWEEN, IN, case and accents
  "city='Toronto'",
  "city<>'Toronto'",
  'floors>5',
  'balance<=-150.5',
  'balance+50.25>=200',
  "updated >= DATE('1999-11-05')",
  "updated = TIMESTAMP('2012-08-10T05:30:00.000000Z')",
  'eo_cloud_cover < 0.1 AND "eo:instrument" LIKE \'OLI%\'',
  'eo:cloud_cover BETWEEN 0.1 AND 0.2 AND "eo:instrument" NOT LIKE \'TM_\'',
  "name LIKE 'mi\\%st%' OR name NOT LIKE '%\\_Mike'",
  'depth BETWEEN 100.0 AND 150.0',
  'depth NOT BETWEEN 100.0 AND 150.0',
  "city IN ('Toronto', 'Frankfurt', 'Tokyo', 'New York')",
  'category NOT IN (1,2,3,4)',
  'value IS NULL OR value IS NOT NULL',
  "CASEI(city) IN (CASEI('Straße'), CASEI('TORONTO'))",
  "ACCENTI(etat_vol) = ACCENTI('débárquér')",
  "ACCENTI(CASEI(etat_vol)) LIKE ACCENTI(CASEI('DÉB%'))",
  "owner NOT LIKE '%Mike%'",
  "NOT (floors < 10 OR material = 'brick') AND swimming_pool = TRUE",
  "(floors>5 AND material='brick') OR swimming_pool=true",
  "floors>5 AND (material='brick' OR swimming_pool=true)",
  'swimming_pool IS NOT NULL AND NOT swimming_pool',
  // property with property, arithmetic
  'vehicle_height > (bridge_clearance - 1)',
  'value = 2 ^ 3 + 4 * -depth - 10 % 3 / 2',
  'floors div 2 = 1 AND value>(-floors)',
  "beamMode='ScanSAR Narrow' AND swathDirection='ascending' AND polarization='HH+VV+HV+VH' AND S_INTERSECTS(geom, POLYGON((-77.117938 38.936860,-77.040604 39.995648,-76.910536 38.891912,-77.039359 38.791753,-77.047906 38.841462,-77.034183 38.840655,-77.033142 38.857490,-77.117938 38.936860)))",
  'windSpeed > 3 AND S_CROSSES(geom, LINESTRING(28.23 -24.1, 29.7 -25.5))',
  // spatial
  'S_INTERSECTS(geometry, POINT(36.319836 32.288087))',
  'S_INTERSECTS(geom, POINT Z(36.319836 32.288087 10.5))',
  'S_DISJOINT(geometry, MULTIPOLYGON(((-90 -45,-60 -45,-60 0,-90 0,-90 -45)),((30 10,40 10,40 20,30 20,30 10),(33 13,37 13,37 17,33 17,33 13))))',
  'S_EQUALS(POLYGON((0 0,10 0,10 10,0 10,0 0)), geometry)',
  'S_TOUCHES(geometry, MULTILINESTRING((-1.9 -0.99, 0.75 1.57),(2.1 -0.7, 1.3 2.0)))',
  'S_WITHIN(geometry, BBOX(-118, 33.8, -117.9, 34))',
  'S_WITHIN(geometry, BBOX(-118, 33.8, 0, -117.9, 34, 100))',
  'S_OVERLAPS(geometry, POLYGON((-180 -90,-90 -90,-90 90,-180 90,-180 -90)))',
  'S_CONTAINS(geometry, MULTIPOINT((7.02 49.92), (7.1 50)))',
  'S_CONTAINS(geometry, MULTIPOINT(7.02 49.92, 7.1 50))',
  'S_INTERSECTS(geometry, GEOMETRYCOLLECTION(POINT(1.9 2.00999), POINT(4 49), LINESTRING(1 1, 2 2)))',
  // temporal
  "event_date = DATE('1969-07-16')",
  "event_time BETWEEN TIMESTAMP('1969-07-16T05:32:00Z') AND TIMESTAMP('1969-07-24T16:50:35Z')",
  "T_AFTER(event_date, DATE('2010-02-10'))",
  "T_BEFORE(updated_at, DATE('2012-08-10'))",
  "T_CONTAINS(INTERVAL('2000-01-01T00:00:00Z', '2005-01-10T01:01:01.393216Z'), INTERVAL(starts_at, ends_at))",
  "T_DISJOINT(INTERVAL('..', '2005-01-10T01:01:01.393216Z'), INTERVAL(starts_at, ends_at))",
  "T_DURING(INTERVAL(touchdown, liftOff), INTERVAL('1969-07-16T13:32:00Z', '1969-07-24T16:50:35Z'))",
  "T_EQUALS(updated_at, DATE('1851-04-29'))",
  "T_FINISHEDBY(INTERVAL(starts_at, ends_at), INTERVAL('1991-10-07T08:21:06.393262Z', '2010-02-10T05:29:20.073225Z'))",
  "T_FINISHES(INTERVAL(starts_at, ends_at), INTERVAL('1991-10-07', '2010-02-10T05:29:20.073225Z'))",
  "T_INTERSECTS(event_time, INTERVAL('1969-07-16T05:32:00Z', '1969-07-24T16:50:35Z'))",
  "T_MEETS(INTERVAL('2005-01-10', '2010-02-10'), INTERVAL(starts_at, ends_at))",
  "T_METBY(INTERVAL('2010-02-10T05:29:20.073225Z', '2010-10-07'), INTERVAL(starts_at, ends_at))",
  "T_OVERLAPPEDBY(INTERVAL('1991-10-07T08:21:06.393262Z', '2010-02-10T05:29:20.073225Z'), INTERVAL(starts_at, ends_at))",
  "T_OVERLAPS(INTERVAL(starts_at, ends_at), INTERVAL('1991-10-07T08:21:06.393262Z', '1992-10-09T08:08:08.393473Z'))",
  "T_STARTEDBY(INTERVAL('1991-10-07T08:21:06.393262Z', '2010-02-10T05:29:20.073225Z'), INTERVAL(starts_at, ends_at))",
  "T_STARTS(INTERVAL(starts_at, ends_at), INTERVAL('1991-10-07T08:21:06.393262Z', '..'))",
  // arrays
  "A_EQUALS(layer:ids, ('layers-ca', 'layers-us'))",
  "A_CONTAINS(layer:ids, ('layers-ca','layers-us'))",
  "A_CONTAINEDBY(layer:ids, ('layers-ca', 'layers-us'))",
  'A_OVERLAPS("layer:ids", (\'layers-ca\'))',
  'A_EQUALS((1.0, 2.5, 3), "values")',
];

/** The same filter in both encodings. */
const BOTH: readonly (readonly [text: string, json: object])[] = [
  ["city='Toronto'", { op: '=', args: [{ property: 'city' }, 'Toronto'] }],
  ['balance - 150 < 15', { op: '<', args: [{ op: '-', args: [{ property: 'balance' }, 150] }, 15] }],
  ["updated >= DATE('1999-11-05')", { op: '>=', args: [{ property: 'updated' }, { date: '1999-11-05' }] }],
  [
    "updated = TIMESTAMP('2012-08-10T05:30:00Z')",
    { op: '=', args: [{ property: 'updated' }, { timestamp: '2012-08-10T05:30:00Z' }] },
  ],
  [
    "CASEI(city) LIKE CASEI('tor%')",
    {
      op: 'like',
      args: [
        { op: 'casei', args: [{ property: 'city' }] },
        { op: 'casei', args: ['tor%'] },
      ],
    },
  ],
  ['depth BETWEEN 100.0 AND 150.0', { op: 'between', args: [{ property: 'depth' }, 100, 150] }],
  ['category NOT IN (1, 2)', { op: 'not', args: [{ op: 'in', args: [{ property: 'category' }, [1, 2]] }] }],
  ['value IS NOT NULL', { op: 'not', args: [{ op: 'isNull', args: [{ property: 'value' }] }] }],
  [
    'S_CROSSES(geometry, LINESTRING(1 2, 3 4))',
    {
      op: 's_crosses',
      args: [
        { property: 'geometry' },
        {
          type: 'LineString',
          coordinates: [
            [1, 2],
            [3, 4],
          ],
        },
      ],
    },
  ],
  [
    'S_WITHIN(geometry, BBOX(1, 2, 3, 4))',
    { op: 's_within', args: [{ property: 'geometry' }, { bbox: [1, 2, 3, 4] }] },
  ],
  [
    "T_DURING(INTERVAL(touchdown, liftOff), INTERVAL('..', '1969-07-24T16:50:35Z'))",
    {
      op: 't_during',
      args: [
        { interval: [{ property: 'touchdown' }, { property: 'liftOff' }] },
        { interval: ['..', '1969-07-24T16:50:35Z'] },
      ],
    },
  ],
  [
    "A_CONTAINS(layer:ids, ('layers-ca','layers-us'))",
    { op: 'a_contains', args: [{ property: 'layer:ids' }, ['layers-ca', 'layers-us']] },
  ],
];

const key = (filter: string, lang?: string): string => {
  const written = readFilter({ filter, lang });
  assert.ok(written);
  return filterOf(written, layer).key;
};

describe('CQL2, as the standard writes it', () => {
  it('is read as text', () => {
    for (const filter of TEXT) assert.doesNotThrow(() => key(filter), filter);
  });

  it('says the same as text and as JSON', () => {
    for (const [text, json] of BOTH) assert.equal(key(JSON.stringify(json), 'cql2-json'), key(text), text);
  });

  it('has keywords in any case', () => {
    assert.equal(
      key("casei(city) like CaseI('a%') and Not depth Between 1 And 2"),
      key("CASEI(city) LIKE CASEI('a%') AND NOT depth BETWEEN 1 AND 2"),
    );
  });
});
