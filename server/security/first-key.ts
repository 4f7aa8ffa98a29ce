import { mkdir, open } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Leaves a key in a file that only its owner may read: where nobody is at a terminal, what is told ends in a log that
 * many read and that is kept for long.
 * @returns the path of the file
 */
export async function keepFirstKey(folder: string, key: string): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, 'first-key');
  const file = await open(path, 'w', 0o600);
  try {
    await file.chmod(0o600); // one that was there already keeps its own mode
    await file.writeFile(`${key}\n`);
  } finally {
    await file.close();
  }
  return path;
}
