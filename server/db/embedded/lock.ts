/**
 * One server per data folder: two would corrupt it.
 *
 * The lock is a file beside the folder that names its holder. A holder that no longer runs is recognised
 * by its process id together with the start time of that process, because ids are used again.
 */
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

interface ProcessMark {
  pid: number;
  /** Clock ticks since boot at which the process started, where the system tells (Linux). */
  started: string | undefined;
}

interface Holder extends ProcessMark {
  /** The process that has the folder open; it may outlive its parent for a moment. */
  child?: ProcessMark | undefined;
}

export interface Lock {
  /** Records the process that opens the folder. */
  holdFor(childPid: number | undefined): Promise<void>;
  release(): Promise<void>;
}

const CHILD_END_MS = 5000;

/** @throws Error naming the process that holds the folder. */
export async function acquireLock(path: string): Promise<Lock> {
  const mark = await markOf(process.pid);
  for (;;) {
    if (await createWhole(path, mark)) return heldLock(path, mark);
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text === undefined) continue; // released just now
    const holder = parseHolder(text);
    if (holder && (await isRunning(holder))) {
      throw new Error(
        `the embedded database is in use by process ${holder.pid} (a running server most likely): one process at a time ` +
          `can have it open. Stop that one for as long as this takes, or use a PostgreSQL (DATABASE_URL). ${path} holds it.`,
      );
    }
    if (holder?.child) await endOrphan(holder.child);
    await removeStale(path, text);
  }
}

function heldLock(path: string, mark: ProcessMark): Lock {
  return {
    async holdFor(childPid) {
      const child = childPid === undefined ? undefined : await markOf(childPid);
      await replace(path, { ...mark, child });
    },
    async release() {
      await rm(path, { force: true });
    },
  };
}

/** Creates the file with its content in one step, so that nobody reads half a lock. */
async function createWhole(path: string, holder: Holder): Promise<boolean> {
  const temporary = await writeBeside(path, holder);
  try {
    await link(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    await rm(temporary, { force: true });
  }
}

async function replace(path: string, holder: Holder): Promise<void> {
  await rename(await writeBeside(path, holder), path);
}

async function writeBeside(path: string, holder: Holder): Promise<string> {
  const temporary = `${path}.${process.pid}-${Math.random().toString(36).slice(2)}`;
  await writeFile(temporary, JSON.stringify(holder), { mode: 0o600 });
  return temporary;
}

/**
 * Removes the stale lock that was read. One at a time may: whoever came late would otherwise take away the lock of
 * another server that had been faster.
 */
async function removeStale(path: string, expected: string): Promise<void> {
  const claim = `${path}.claim`;
  if (!(await createWhole(claim, await markOf(process.pid)))) {
    const text = await readFile(claim, 'utf8').catch(() => undefined);
    const claimant = text === undefined ? undefined : parseHolder(text);
    if (claimant && !(await isRunning(claimant))) await rm(claim, { force: true });
    else await sleep(5);
    return;
  }
  try {
    const found = await readFile(path, 'utf8').catch(() => undefined);
    if (found === expected) await rm(path, { force: true });
  } finally {
    await rm(claim, { force: true });
  }
}

/** A child that hangs in a query does not see that its parent died; it watches, but we do not wait for that. */
async function endOrphan(child: ProcessMark): Promise<void> {
  const deadline = Date.now() + CHILD_END_MS;
  while (await isRunning(child)) {
    if (Date.now() > deadline) throw new Error(`process ${child.pid} still has the embedded database open`);
    // Without a start time the id could belong to anyone by now: wait for it, do not kill it.
    if (child.started !== undefined) endIfThere(child.pid);
    await sleep(50);
  }
}

/** It may have ended by itself since it was looked for. */
function endIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

async function isRunning(mark: ProcessMark): Promise<boolean> {
  try {
    process.kill(mark.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  const now = await markOf(mark.pid);
  return mark.started === undefined || now.started === undefined || now.started === mark.started;
}

async function markOf(pid: number): Promise<ProcessMark> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // The second field is the command in parentheses and may hold spaces; the start time is field 22.
  const started = stat?.slice(stat.lastIndexOf(')') + 2).split(' ')[19];
  return { pid, started };
}

function parseHolder(text: string): Holder | undefined {
  try {
    const holder = JSON.parse(text) as Holder;
    return Number.isInteger(holder.pid) && holder.pid > 0 ? holder : undefined;
  } catch {
    return undefined; // not ours or damaged: nobody can be named, so nobody holds it
  }
}
