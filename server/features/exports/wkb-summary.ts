const TYPES = [
  ...['Point', 'LineString', 'Polygon', 'MultiPoint', 'MultiLineString', 'MultiPolygon'],
  'GeometryCollection',
] as const;

/** Kinds of geometries, and how far they reach together: of two-dimensional WKB with the low byte first. */
export class WkbSummary {
  readonly #types = new Set<number>();
  readonly #box = [Infinity, Infinity, -Infinity, -Infinity];

  add(wkb: Uint8Array): void {
    const view = new DataView(wkb.buffer, wkb.byteOffset, wkb.byteLength);
    this.#types.add(view.getUint32(1, true));
    this.#geometry(view, 0);
  }

  get types(): string[] {
    return [...this.#types].sort((a, b) => a - b).map((type) => TYPES[type - 1] ?? 'Geometry');
  }

  /** West, south, east, north; undefined where there was no position. */
  get bounds(): number[] | undefined {
    return this.#box[0]! <= this.#box[2]! ? [...this.#box] : undefined;
  }

  /** @returns where it ends */
  #geometry(view: DataView, start: number): number {
    const type = view.getUint32(start + 1, true);
    let at = start + 5;
    if (type === 1) return this.#positions(view, at, 1);
    const count = view.getUint32(at, true);
    at += 4;
    if (type === 2) return this.#positions(view, at, count);
    for (let i = 0; i < count; i++) {
      at = type === 3 ? this.#positions(view, at + 4, view.getUint32(at, true)) : this.#geometry(view, at);
    }
    return at;
  }

  #positions(view: DataView, start: number, count: number): number {
    const box = this.#box;
    for (let i = 0; i < count; i++) {
      const x = view.getFloat64(start + 16 * i, true);
      const y = view.getFloat64(start + 16 * i + 8, true);
      if (x < box[0]!) box[0] = x;
      if (y < box[1]!) box[1] = y;
      if (x > box[2]!) box[2] = x;
      if (y > box[3]!) box[3] = y;
    }
    return start + 16 * count;
  }
}
