#!/usr/bin/env bash
# @maplibre/mlt 1.3.0 (decoder and encoder of MapLibre Tiles) cannot be loaded by Node, by import or by require:
# its entry names its own modules without an ending (`./mltDecoder`), which bundlers complete and Node does not.
# Seen with Node 20.20.2: ERR_MODULE_NOT_FOUND for both. Bundled by esbuild 0.25.12 the same package encodes
# two points and decodes them again, so nothing else of it stands in the way.
# Exits with 0 while that is so, with 1 where it is no longer.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund @maplibre/mlt@1.3.0 esbuild@0.25.12 >/dev/null

imported=$(node --input-type=module -e "import('@maplibre/mlt').then(() => console.log('loaded'), (e) => console.log(e.code))")
required=$(node -e "try { require('@maplibre/mlt'); console.log('loaded') } catch (e) { console.log(e.code) }")

cat >round.mjs <<'JS'
import { decodeTile, encodeTile } from '@maplibre/mlt';

const points = [
  [10, 20],
  [30, 40],
];
const features = points.map((coordinates, id) => ({ id, geometry: { type: 'Point', coordinates } }));
const tile = encodeTile([{ name: 'points', extent: 4096, features }]);
console.log(decodeTile(tile).map(({ name, numFeatures }) => `${name} ${numFeatures}`).join());
JS
npx esbuild round.mjs --bundle --platform=node --format=esm --log-level=error --outfile=bundled.mjs
bundled=$(node bundled.mjs)

echo "node $(node --version), import: $imported, require: $required, bundled: $bundled"
[ "$imported" = ERR_MODULE_NOT_FOUND ] && [ "$bundled" = 'points 2' ] && [ "$required" != loaded ]
