/**
 * Douglas–Peucker significance of every vertex of one arc, written to `weights`: keeping the vertices
 * with weight ≥ t gives exactly the Douglas–Peucker result for tolerance t, so no dropped vertex is
 * farther than t from the line that is kept. Both ends weigh Infinity. Positions are x, y pairs in
 * `coords`; the arc has the vertices from `start` up to, not including, `end`. Distances have the
 * unit of the positions.
 *
 * Visvalingam's areas, which topojson-simplify computes, promise no distance, and a tile must stay
 * within a unit of the original.
 */
export function weighVertices(coords: Float64Array, start: number, end: number, weights: Float32Array): void {
  weights[start] = Infinity;
  weights[end - 1] = Infinity;
  // An explicit stack of first, last, limit: arcs of a coast are too long for recursion.
  const stack: number[] = [start, end - 1, Infinity];
  while (stack.length > 0) {
    const limit = stack.pop()!;
    const last = stack.pop()!;
    const first = stack.pop()!;
    if (last - first < 2) continue;

    const farthest = farthestVertex(coords, first, last);
    // A vertex never outweighs the one that had to be kept before it, so that a larger
    // tolerance always keeps fewer vertices.
    const weight = Math.min(limit, Math.sqrt(squaredDistance(coords, farthest, first, last)));
    weights[farthest] = weight;
    stack.push(first, farthest, weight, farthest, last, weight);
  }
}

function farthestVertex(coords: Float64Array, first: number, last: number): number {
  let farthest = first + 1;
  let max = -1;
  for (let i = first + 1; i < last; i++) {
    const distance = squaredDistance(coords, i, first, last);
    if (distance > max) {
      max = distance;
      farthest = i;
    }
  }
  return farthest;
}

/** Squared distance of a vertex from the segment (not the endless line) between two others. */
function squaredDistance(coords: Float64Array, vertex: number, first: number, last: number): number {
  const ax = coords[2 * first]!;
  const ay = coords[2 * first + 1]!;
  const bx = coords[2 * last]! - ax;
  const by = coords[2 * last + 1]! - ay;
  const px = coords[2 * vertex]! - ax;
  const py = coords[2 * vertex + 1]! - ay;
  const square = bx * bx + by * by;
  const along = square === 0 ? 0 : Math.max(0, Math.min(1, (px * bx + py * by) / square));
  const dx = px - along * bx;
  const dy = py - along * by;
  return dx * dx + dy * dy;
}
