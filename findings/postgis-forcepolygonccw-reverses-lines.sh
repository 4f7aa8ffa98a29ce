#!/usr/bin/env bash
# PostGIS 3.3.2 (no longer 3.6.2): ST_ForcePolygonCCW turns lines round, although its manual has it leave alone whatever is no polygon. It is
# ST_Reverse(ST_ForcePolygonCW(geometry)), and what is no polygon is reversed by the outer of the two. ST_ForcePolygonCW leaves lines alone.
# Seen, of LINESTRING(0 0,1 2) alone, in a multiple and in a collection: each comes back from 1 2 to 0 0.
# ST_Reverse(ST_ForcePolygonCW(ST_Reverse(geometry))) is what is meant, for geometries of any kind and in either version.
# Exits with 0 while that is so, with 1 where it is no longer. Needs Debian 12 and root, or its packages installed; the cluster is a temporary one.
set -euo pipefail
packages=(postgresql-15 postgresql-15-postgis-3)
dpkg -s "${packages[@]}" >/dev/null 2>&1 || {
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}
bin=/usr/lib/postgresql/15/bin
folder=$(mktemp -d)
# PostgreSQL does not run as root.
as=()
if [[ $(id -u) == 0 ]]; then
  chown postgres "$folder"
  as=(runuser -u postgres --)
fi
cd "$folder"
trap '"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true; rm -rf "$folder"' EXIT
"${as[@]}" "$bin/initdb" -D "$folder/data" -U postgres -A trust -N >/dev/null
"${as[@]}" "$bin/pg_ctl" -D "$folder/data" -s -w -l "$folder/log" -o "-k '$folder' -c listen_addresses=''" start
query() { "${as[@]}" "$bin/psql" -X -q -t -A -v ON_ERROR_STOP=1 -h "$folder" -U postgres -c "$1" postgres; }
query 'create extension postgis'
echo "PostGIS $(query 'select postgis_lib_version()')"
reversed=0
for wkt in 'LINESTRING(0 0,1 2)' 'MULTILINESTRING((0 0,1 2))' 'GEOMETRYCOLLECTION(LINESTRING(0 0,1 2))'; do
  ccw=$(query "select st_astext(st_forcepolygonccw('$wkt'))")
  cw=$(query "select st_astext(st_forcepolygoncw('$wkt'))")
  both=$(query "select st_astext(st_reverse(st_forcepolygoncw(st_reverse('$wkt'::geometry))))")
  echo "$wkt: counter-clockwise $ccw, clockwise $cw, between two reversals $both"
  [[ $ccw != "$wkt" && $cw == "$wkt" && $both == "$wkt" ]] && reversed=$((reversed + 1))
done
[[ $reversed == 3 ]]
