import { closeSync, fstatSync, openSync } from 'node:fs';
import { endianness } from 'node:os';
import { markAsUntransferable } from 'node:worker_threads';

/** Of <sys/mman.h>: the same on Linux and macOS. */
const PROT_READ_WRITE = 1 | 2;
const MAP_PRIVATE = 2;
const MAP_FAILED = 2n ** 64n - 1n;

const PLATFORMS: readonly NodeJS.Platform[] = ['linux', 'darwin'];

/** Files as memory, which all processes that map them have in common. */
interface Mapping {
  map(descriptor: number, length: number): ArrayBuffer | undefined;
}

let loading: Promise<Mapping | undefined> | undefined;

/**
 * The bytes of a file as memory: pages are read when they are looked at, and are there once for all processes that map the file.
 * It stays as it was when it is removed or another takes its place; whoever changed it or cut it short where it is would end who
 * looks at it, so files are for their owner alone, and written beside. What is written to the memory is seen by nobody else.
 * @returns undefined where there is no such file, it is larger than `maxBytes`, or files cannot be mapped here
 */
export async function mappedFile(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
  const mapping = await (loading ??= mappingOf().catch(() => undefined));
  if (!mapping) return undefined;
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const { size } = fstatSync(descriptor);
    if (size === 0 || size > maxBytes) return undefined;
    const buffer = mapping.map(descriptor, size);
    return buffer && new Uint8Array(buffer);
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Node.js has no `mmap`, so the one of the C library is called; undefined where that cannot be. */
async function mappingOf(): Promise<Mapping | undefined> {
  if (!PLATFORMS.includes(process.platform) || endianness() !== 'LE') return undefined;
  const { default: koffi } = await import('koffi');
  if (koffi.sizeof('void *') !== 8) return undefined;
  const library = koffi.load(null);
  const mmap = library.func(
    'void *mmap(void *address, size_t length, int protection, int flags, int descriptor, int64_t offset)',
  ) as (...args: unknown[]) => bigint | null;
  const munmap = library.func('int munmap(void *address, size_t length)') as (...args: unknown[]) => number;
  // A view keeps its buffer, so once that is collected nothing can look there any more.
  const collected = new FinalizationRegistry<{ address: bigint; length: number }>(({ address, length }) => {
    munmap(address, length);
  });
  return {
    map(descriptor, length) {
      const address = mmap(null, length, PROT_READ_WRITE, MAP_PRIVATE, descriptor, 0);
      if (address === null || address === MAP_FAILED) return undefined;
      const buffer = koffi.view(address, length) as ArrayBuffer;
      // Handed over to a thread it would be collected here, and looked at there.
      markAsUntransferable(buffer);
      collected.register(buffer, { address, length });
      return buffer;
    },
  };
}
