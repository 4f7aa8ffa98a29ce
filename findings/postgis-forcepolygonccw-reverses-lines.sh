#!/usr/bin/env bash
# PostGIS 3.3.2 (no longer 3.6.2): ST_ForcePolygonCCW turns lines round. Its documentation says "Non-polygonal geometries are returned unchanged"; it is
# ST_Reverse(ST_ForcePolygonCW(geometry)), and what is no polygon is reversed by the outer of the two. ST_ForcePolygonCW does as it says.
# Seen, of LINESTRING(0 0,1 2) alone, in a multiple and in a collection: each comes back from 1 2 to 0 0.
# ST_Reverse(ST_ForcePolygonCW(ST_Reverse(geometry))) is what is meant, for geometries of any kind and in either version.
# Exits with 0 while that is so, with 1 where it is no longer. Needs psql, and the URL of a database with PostGIS as its argument.
set -euo pipefail
url=${1:?usage: $0 postgres://user@host/database}
query() { psql -X -q -t -A -v ON_ERROR_STOP=1 -c "$1" "$url"; }
echo "$(query 'select postgis_lib_version()')"
reversed=0
for wkt in 'LINESTRING(0 0,1 2)' 'MULTILINESTRING((0 0,1 2))' 'GEOMETRYCOLLECTION(LINESTRING(0 0,1 2))'; do
  ccw=$(query "select st_astext(st_forcepolygonccw('$wkt'))")
  cw=$(query "select st_astext(st_forcepolygoncw('$wkt'))")
  both=$(query "select st_astext(st_reverse(st_forcepolygoncw(st_reverse('$wkt'::geometry))))")
  echo "$wkt: counter-clockwise $ccw, clockwise $cw, between two reversals $both"
  [[ $ccw != "$wkt" && $cw == "$wkt" && $both == "$wkt" ]] && reversed=$((reversed + 1))
done
[[ $reversed == 3 ]]
