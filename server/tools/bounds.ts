/** West, south, east, north in degrees; or minimum x, minimum y, maximum x, maximum y in metres. */
export type Bounds = readonly [minX: number, minY: number, maxX: number, maxY: number];
