import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Reading takes less; of who takes longer nobody waits for the rest. */
const CLAIM_MS = 30_000;

/**
 * Lets one process of all make a file: a file beside it, with the number of that process, says that it does.
 * @returns what gives the right back; undefined where another process has it
 */
export function claim(path: string): (() => void) | undefined {
  if (isClaimed(path)) return undefined;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  } catch {
    return () => {}; // where nobody can write nobody waits
  }
  try {
    const file = openSync(path, 'wx', 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EEXIST' ? undefined : () => {};
  }
  let isMine = true;
  return () => {
    if (isMine) rmSync(path, { force: true });
    isMine = false;
  };
}

/** Says that who has claimed it is still at it. */
export function renew(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // another takes it for given up then, and makes the same
  }
}

/** Whether a process that runs has claimed it lately; what another left behind is removed. */
function isClaimed(path: string): boolean {
  try {
    const pid = Number(readFileSync(path, 'utf8'));
    const isOld = Date.now() - statSync(path).mtimeMs > CLAIM_MS;
    // The number is written a moment after the file is made.
    if (!isOld && (pid === 0 || isRunning(pid))) return true;
    rmSync(path, { force: true });
  } catch {
    // nobody has
  }
  return false;
}

/** Whether a process that runs has this number; not where it belongs to somebody else. */
function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
