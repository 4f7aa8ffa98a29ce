import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** State of a listening socket in Linux's tables. */
const LISTENING = '0A';

/** The process that listens on a TCP port of this machine, as far as this user may know it (Linux). */
export function listenerOf(port: number): number | undefined {
  try {
    const sockets = new Set(['tcp', 'tcp6'].flatMap((table) => listening(table, port)));
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .find((pid) => holdsAny(pid, sockets));
  } catch {
    return undefined;
  }
}

/** Inodes of the sockets that listen on a port, from a table as proc(5) describes it. */
function listening(table: string, port: number): string[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return readFileSync(`/proc/net/${table}`, 'utf8')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, local = '', , state]) => local.endsWith(suffix) && state === LISTENING)
    .map((fields) => `socket:[${fields[9]}]`);
}

function holdsAny(pid: number, sockets: ReadonlySet<string>): boolean {
  try {
    const folder = `/proc/${pid}/fd`;
    return readdirSync(folder).some((fd) => {
      try {
        return sockets.has(readlinkSync(`${folder}/${fd}`));
      } catch {
        return false; // closed meanwhile
      }
    });
  } catch {
    return false; // ended meanwhile, or another user's
  }
}
