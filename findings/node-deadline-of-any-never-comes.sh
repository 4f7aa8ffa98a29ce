#!/usr/bin/env bash
# Node 20.20.2: a signal that AbortSignal.any makes of AbortSignal.timeout and another may never fire. It refers to what it is made
# of weakly, and so does the timer of the timeout; where the program holds neither, the collector takes the timeout, and with it the
# deadline. Whoever listens to the signal goes on listening. The documentation of neither says that the timeout has to be held.
# Here twenty waits of 300 ms each end by a timeout alone, and twenty by one that AbortSignal.any combines with the signal of a
# controller, while the collector runs every 50 ms. Seen: of the first all end, of the others none within 2 s.
# A timer of one's own that holds its controller does what is meant.
# Exits with 0 while that is so, with 1 where it is no longer. Needs Linux, and npm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix . node@20.20.2 >/dev/null

cat >ended.mjs <<'JS'
import { setTimeout as sleep } from 'node:timers/promises';

const other = new AbortController();

async function ended(signalOf) {
  let count = 0;
  for (let i = 0; i < 20; i++) signalOf().addEventListener('abort', () => count++);
  for (let passed = 0; passed < 2000; passed += 50) {
    await sleep(50);
    globalThis.gc();
  }
  return count;
}

const alone = await ended(() => AbortSignal.timeout(300));
const combined = await ended(() => AbortSignal.any([other.signal, AbortSignal.timeout(300)]));
console.log(`${process.version}: ${alone} of 20 end by a timeout alone, ${combined} of 20 by one that is combined`);
process.exit(alone === 20 && combined === 0 ? 0 : 1);
JS
./node_modules/node/bin/node --expose-gc ended.mjs
