import { existsSync } from 'node:fs';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { isMap, parseDocument, stringify } from 'yaml';

/** Entries of `maps.yaml` by section and id. */
export type Entries = Readonly<Record<string, Readonly<Record<string, object>>>>;

/** The lines as they stand in `maps.yaml`. */
export const asLines = (entries: Entries): string => stringify(entries, { lineWidth: 110 }).trimEnd();

/**
 * Text of a `maps.yaml` with these entries in place of those of the same id; everything else, comments too,
 * stays as it is.
 */
export function withEntries(text: string, entries: Entries): string {
  const document = parseDocument(text);
  if (!isMap(document.contents))
    document.contents = document.createNode({}) as unknown as typeof document.contents;
  for (const [section, added] of Object.entries(entries)) {
    if (!isMap(document.get(section))) document.set(section, document.createNode({}));
    for (const [id, entry] of Object.entries(added))
      document.setIn([section, id], document.createNode(entry));
  }
  return document.toString({ lineWidth: 110 });
}

/** Puts entries into the file, which may not be there yet. A server that watches it sees the old one or the new one. */
export async function addToMaps(file: string, entries: Entries): Promise<void> {
  const text = withEntries(existsSync(file) ? await readFile(file, 'utf8') : '', entries);
  const draft = `${file}.${process.pid}.new`;
  try {
    await writeFile(draft, text);
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true });
    // A file that is a mount of its own cannot be exchanged, and a link should stay one.
    if (!['EBUSY', 'EXDEV', 'EACCES', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? ''))
      throw error;
    await writeFile(file, text);
  }
}
