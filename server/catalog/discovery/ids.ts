interface Named {
  schema: string;
  name: string;
  /** Only for the second and later geometry columns of a relation. */
  column?: string;
}

/**
 * The names of layers in URLs: `table` in schema public, `schema.table` elsewhere, with `.column`
 * behind it for a relation's further geometry columns. Adding a table elsewhere never renames one.
 * Where two would be alike, or an id is reserved, the later ones are spelt in full.
 */
export function layerIds(layers: readonly Named[], reserved: readonly string[] = []): string[] {
  const taken = new Set<string>(reserved);
  return layers.map((layer) => {
    const short = [...(layer.schema === 'public' ? [] : [layer.schema]), layer.name];
    const tail = layer.column === undefined ? [] : [layer.column];
    const candidates = [
      [...short, ...tail],
      [layer.schema, layer.name, ...tail],
    ].map((parts) => parts.join('.'));
    const id = candidates.find((candidate) => !taken.has(candidate)) ?? numbered(candidates[1] ?? '', taken);
    taken.add(id);
    return id;
  });
}

function numbered(id: string, taken: ReadonlySet<string>): string {
  for (let n = 2; ; n++) if (!taken.has(`${id}~${n}`)) return `${id}~${n}`;
}
