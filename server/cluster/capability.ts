import type { Capability } from '../capability.ts';
import { clusterSettings } from './settings.ts';

/** Several processes behind one port: `main.ts` runs the primary. */
export const cluster = { name: 'cluster', settings: clusterSettings } satisfies Capability;
