import { readFileSync } from 'node:fs';
import type { Server } from 'node:http';

/** Descriptors that are not for clients: connections to databases and other services, files, threads. */
const RESERVED = 200;
/** Of few descriptors this part is for clients all the same. */
const SMALLEST_SHARE = 0.25;
/** From this part of the clients that there may be on, those that only might ask again are let go. */
const CROWDED = 0.9;
const TOLD_EVERY_MS = 60_000;

/**
 * Turns clients away that a process has no descriptors for. At the system's own limit nothing else could be opened either, and of several
 * processes those that a connection could once not be handed to get none any more, however few come later.
 * @param onFull told how many there may be where some are turned away, once a minute
 */
export function boundClients(
  server: Server,
  onFull: (most: number) => void,
  limit = descriptorLimit(),
): void {
  if (limit === undefined) return;
  const most = Math.floor(Math.max(limit * SMALLEST_SHARE, limit - RESERVED));
  let open = 0;
  let toldAt = -Infinity;
  server.on('connection', (socket) => {
    open++;
    socket.once('close', () => open--);
    if (open > most * CROWDED) server.closeIdleConnections();
    if (open <= most) return;
    socket.destroy();
    if (performance.now() - toldAt < TOLD_EVERY_MS) return;
    toldAt = performance.now();
    onFull(most);
  });
}

/** How many files and connections this process may have open, as Linux says it; Node has raised it as far as it may. */
function descriptorLimit(): number | undefined {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? [];
    return soft === undefined ? undefined : Number(soft);
  } catch {
    return undefined;
  }
}
