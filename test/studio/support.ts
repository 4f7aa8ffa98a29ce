/** Squares of a degree in a row, as a file that somebody drops: codes, names, and what they are parts of. */
export const BOUNDARIES = JSON.stringify({
  type: 'FeatureCollection',
  features: [
    ['3201', 'Kabupaten Bogor'],
    ['3202', 'Kabupaten Sukabumi'],
    ['3203', 'Kabupaten Cianjur'],
    ['3271', 'Kota Bogor'],
    ['3272', 'Kota Sukabumi'],
    ['3273', 'Kota Bandung'],
  ].map(([kode, nama], i) => ({
    type: 'Feature',
    properties: { kode, nama },
    geometry: {
      type: 'Polygon',
      coordinates: [
        [
          [0, 0],
          [1, 0],
          [1, 1],
          [0, 1],
          [0, 0],
        ].map(([x, y]) => [105 + i + x!, -7 + y!]),
      ],
    },
  })),
});

/** Figures by name, one of which is misspelt and one of which is of no region; two rows of one. */
export const FIGURES = [
  'wilayah,miskin,penduduk',
  'Kab. Bogor,30,100',
  'Kab. Bogor,10,100',
  'Kabupaten Sukabumi,45,90',
  'Kab. Cianjr,12,60',
  'Kota Bogor,3,50',
  'Kota Sukabumi,8,10',
  'Entah,1,1',
].join('\n');
