import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { giveBackMemory } from '../../server/tools/unused-memory.ts';
import { eventually } from '../support/eventually.ts';

/** Small enough for the allocator to take from what it keeps; see M_MMAP_THRESHOLD. */
const PIECE = 64 * 1024;
const PIECES = 2_000;

const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
const isGnu = header.glibcVersionRuntime !== undefined;

/** Memory that this process has of the machine, in bytes. */
const resident = (): number =>
  1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]);

/** Takes memory, and lets go of all but the last piece, which is in the way of giving back what is before it. */
function fill(): { last: ArrayBuffer | undefined; full: number } {
  const pieces = Array.from({ length: PIECES }, () => new Uint8Array(PIECE).fill(1).buffer);
  return { last: pieces.at(-1), full: resident() };
}

describe('memory that nothing uses any more', () => {
  it("is the system's again, whatever of it the allocator keeps for the next", async function () {
    if (!isGnu) this.skip();
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const { last, full } = fill();
    await eventually(async () => {
      collect();
      await giveBackMemory();
      return resident() < full - (PIECES * PIECE) / 2;
    }, 'given back');
    assert.equal(last?.byteLength, PIECE);
  });
});
