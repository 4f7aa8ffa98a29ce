#!/usr/bin/env bash
# PostgreSQL: avg() of double precision fails with "value out of range: overflow" (22003) where some value is above 1.3e154, although the
# mean can be written and sum() / count() of the same values gives it. Since PostgreSQL 12 avg() adds up, beside the sum, the squares that only
# variance and the standard deviation need, and it is these that overflow. Its manual says nothing of a narrower range.
# Seen with PostgreSQL 15.18 of Debian and 18.3 as PGlite 0.5.8, which this asks: avg(1e200, 0) fails, sum(1e200, 0) / 2 is 5e+199.
# Whoever takes means of what others put into tables adds up and divides, or goes by numeric.
# Exits with 0 while that is so, with 1 where it is no longer. Needs Node, and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true }' >package.json
npm install --silent --no-audit --no-fund @electric-sql/pglite@0.5.8 >/dev/null

cat >mean.mjs <<'JS'
import { PGlite } from '@electric-sql/pglite';

const db = new PGlite();
const ask = async (expression) => {
  const from = 'from (values (1e200::float8), (0)) v (x)';
  const told = await db.query(`select (${expression})::text as is ${from}`).then(
    ({ rows }) => rows[0].is,
    ({ code, message }) => `${code} ${message}`,
  );
  return told;
};
const version = (await db.query('show server_version')).rows[0].server_version;
const [mean, divided] = [await ask('avg(x)'), await ask('sum(x) / count(x)')];
console.log(`PostgreSQL ${version}: avg(x) is ${mean}; sum(x) / count(x) is ${divided}`);
await db.close();
process.exit(/^22003 /.test(mean) && Number(divided) === 5e199 ? 0 : 1);
JS
node mean.mjs
