/** Gives what the allocator of C has free back to the system. */
type Trim = () => Promise<void>;

let loading: Promise<Trim | undefined> | undefined;

/**
 * Gives memory that nothing uses any more back to the system. The C library keeps what was freed for whoever asks next, which after a
 * layer was read is some hundred megabytes that nobody asks for again. Takes milliseconds of another thread; does nothing where
 * the C library is not GNU's.
 */
export async function giveBackMemory(): Promise<void> {
  const trim = await (loading ??= trimOf().catch(() => undefined));
  await trim?.();
}

async function trimOf(): Promise<Trim | undefined> {
  if (process.platform !== 'linux') return undefined;
  const { default: koffi } = await import('koffi');
  const trim = koffi.load(null).func('int malloc_trim(size_t pad)');
  return () =>
    new Promise((resolve) => {
      trim.async(0, () => resolve());
    });
}
