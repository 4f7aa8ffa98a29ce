const FEATURES = 'http://www.opengis.net/spec/ogcapi-features';

/** What holds here: each class was gone through, requirement by requirement, in test/ogc. */
export const CONFORMANCE: readonly string[] = [
  ...['core', 'oas30', 'html', 'geojson'].map((name) => `${FEATURES}-1/1.0/conf/${name}`),
];
