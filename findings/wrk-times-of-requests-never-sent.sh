#!/usr/bin/env bash
# wrk 4.1.0 reports latencies of requests that it never sent. Its clients send the next request when the answer to the last
# one has come, as fast as they can; yet before it prints percentiles it takes the mean time between requests as a rate that
# the client had meant to keep, and for each answer that took longer adds the times that requests of that rate would have
# waited. Nothing in its output or its README says so, and no option turns it off.
# Here a server answers 19 of 20 requests after 2 ms and one after 200 ms, over one connection: the answers' own 90th percentile is
# some 2 ms. Seen with Debian's wrk 4.1.0-3+b2: a 90th percentile of 162 ms, and 260 times of 159 requests.
# Whoever compares servers by wrk's percentiles compares how long the longest pauses are, and not how many requests meet one.
# Exits with 0 while that is so, with 1 where it is no longer. Needs Debian with apt, and Node; sends to loopback for 2 seconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'kill "${server:-}" 2>/dev/null || true; rm -rf "$folder"' EXIT
cd "$folder"
apt-get download wrk=4.1.0-3+b2 >/dev/null 2>&1
dpkg-deb -x wrk_*.deb wrk
wrk=$PWD/wrk/usr/bin/wrk

cat >server.mjs <<'JS'
import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';

let asked = 0;
const taken = [];
const server = createServer((_req, res) => {
  const began = performance.now();
  setTimeout(() => {
    res.end('answer');
    taken.push(performance.now() - began);
  }, ++asked % 20 === 0 ? 200 : 2);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.on('SIGTERM', () => {
  taken.sort((a, b) => a - b);
  writeFileSync('taken.json', JSON.stringify({ requests: taken.length, p90: taken[Math.floor(0.9 * taken.length)] }));
  process.exit(0);
});
JS
cat >times.lua <<'LUA'
function done(summary, latency)
  local times = 0
  for i = 1, #latency do
    local _, count = latency(i)
    times = times + count
  end
  print(string.format('%d %d %.1f', summary.requests, times, latency:percentile(90) / 1000))
end
LUA
node server.mjs >port &
server=$!
until [ -s port ]; do sleep 0.1; done
told=$("$wrk" -t1 -c1 -d2s -s times.lua "http://127.0.0.1:$(cat port)/" | tail -1)
kill "$server"
wait "$server" || true
read -r requests times p90 <<<"$told"
own=$(node -p 'JSON.parse(require("fs").readFileSync("taken.json")).p90.toFixed(1)')

echo "$("$wrk" -v 2>&1 | head -1 | cut -d" " -f1,2 || true): $requests requests, $times times; 90th percentile $p90 ms by wrk, $own ms by the server"
[ "$times" -gt $((requests + requests / 2)) ] && node -e 'process.exit(+process.argv[1] > 10 * +process.argv[2] ? 0 : 1)' "$p90" "$own"
