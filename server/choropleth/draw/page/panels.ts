import type { Bbox } from '../../../http/requests/params.ts';
import type { Bounds } from '../../../engine/types.ts';
import { areaOf, type Group } from '../geometry/groups.ts';
import { islandsOf } from '../geometry/islands.ts';
import type { Frame } from './layout.ts';
import { boundsOf, cutMeridian, unwrapBox, type PartBox } from '../geometry/longitudes.ts';

/** One window of the map: the mainland, or far islands drawn at a scale of their own. */
export interface Panel {
  readonly frame: Frame;
  readonly parts: readonly PartBox[];
  readonly bounds: Bounds;
  /** Longitude that stands upright. */
  readonly meridian: number;
  /** Whether the panel shows exactly these bounds; else its regions fill it. */
  readonly exact: boolean;
  readonly isInset: boolean;
  /** Rings to draw, by one of their vertices. */
  has(longitude: number, latitude: number): boolean;
}

export interface Panels {
  /** The meridian that longitudes are counted eastwards from. */
  readonly cut: number;
  readonly panels: readonly Panel[];
}

/** Share of the height that insets take, and the least height in pixels that they are good for. */
const INSET_SHARE = 0.26;
const LOWEST_INSET = 6;
const WIDEST_GAP = 8;
const EVERYWHERE = () => true;

/** The windows of a map onto these polygons; none where there is nothing to show. */
export function panelsOf(parts: readonly PartBox[], frame: Frame, bbox: Bbox | undefined): Panels {
  if (bbox) return boxPanel(parts, frame, bbox);
  const cut = cutMeridian(parts);
  const unwrapped = parts.map((part) => unwrapBox(part, cut));
  if (unwrapped.length === 0) return { cut, panels: [] };
  const groups = islandsOf(unwrapped);
  const insets = groups && insetFrames(groups.islands, frame);
  if (!insets) {
    return { cut, panels: [{ ...panel(unwrapped, frame), has: EVERYWHERE, isInset: false }] };
  }
  const { mainland, islands } = groups;
  const height = frame.height - (insets[0]?.height ?? 0) - gapOf(frame);
  return {
    cut,
    panels: [
      { ...panel(mainland.parts, { ...frame, height }), has: mainland.has, isInset: false },
      ...insets.map((inset, i) => ({
        ...panel(islands[i]!.parts, inset),
        has: islands[i]!.has,
        isInset: true,
      })),
    ],
  };
}

function boxPanel(parts: readonly PartBox[], frame: Frame, [west, south, east, north]: Bbox): Panels {
  const width = east > west ? east - west : east - west + 360;
  const middle = west + width / 2;
  const cut = middle - 180;
  const bounds: Bounds = [west, south, west + width, north];
  const only: Panel = {
    frame,
    // A frame of another shape shows more than the box, so nothing is left out here.
    parts: parts.map((part) => unwrapBox(part, cut)),
    bounds,
    meridian: middle,
    exact: true,
    isInset: false,
    has: EVERYWHERE,
  };
  return { cut, panels: [only] };
}

function panel(parts: readonly PartBox[], frame: Frame): Omit<Panel, 'has' | 'isInset'> {
  return { frame, parts, bounds: boundsOf(parts), meridian: middleOf(parts), exact: false };
}

/** Places for the islands in a row below the mainland; undefined where they would be too low. */
function insetFrames(islands: readonly Group[], frame: Frame): Frame[] | undefined {
  const aspects = islands.map(({ parts }) => aspectOf(boundsOf(parts)));
  const gap = gapOf(frame);
  const room = frame.width - gap * (islands.length - 1);
  const height = Math.min(
    INSET_SHARE * frame.height,
    room / aspects.reduce((sum, aspect) => sum + aspect, 0),
  );
  if (height < LOWEST_INSET) return undefined;
  let x = frame.x;
  return aspects.map((aspect) => {
    const inset = { x, y: frame.y + frame.height - height, width: height * aspect, height };
    x += inset.width + gap;
    return inset;
  });
}

/** Pixels between panels. */
function gapOf({ width }: Frame): number {
  return Math.min(WIDEST_GAP, width / 50);
}

/** Width by height on the ground, within what is good to look at. */
function aspectOf([west, south, east, north]: Bounds): number {
  const width = (east - west) * Math.cos((((south + north) / 2) * Math.PI) / 180);
  return Math.max(0.6, Math.min(1.8, width / (north - south)));
}

/** Mean longitude by area, so that a far island does not tilt the mainland. */
function middleOf(parts: readonly PartBox[]): number {
  let [sum, total] = [0, 0];
  for (const part of parts) {
    const area = areaOf(part);
    sum += (area * (part.west + part.east)) / 2;
    total += area;
  }
  return total > 0 ? sum / total : (parts[0]?.west ?? 0);
}
