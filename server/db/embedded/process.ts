/** Starting, awaiting and ending the child process that holds PGlite. */
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export type ChildMessage = { type: 'ready' } | { type: 'progress'; message: string };

export interface Child {
  readonly pid: number | undefined;
  /** Resolves when the database answers; rejects when the process ends before. */
  readonly ready: Promise<void>;
  /** Resolves with a sentence that says how the process ended, and its last words. */
  readonly ended: Promise<string>;
  /** Asks for a clean shutdown and kills after a deadline. */
  close(): Promise<void>;
  kill(): Promise<void>;
}

/** A little longer than the child's own deadline. */
const CLOSE_DEADLINE_MS = 7000;
const LAST_WORDS_LENGTH = 4000;

/** Runs from TypeScript (with the loader the parent was started with) as well as from compiled JavaScript. */
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const CHILD_FILE = `${fileURLToPath(new URL('./child', import.meta.url))}.${EXTENSION}`;

export function startChild(args: string[], onProgress?: (message: string) => void): Child {
  const process = fork(CHILD_FILE, args, {
    execArgv: inheritedFlags(),
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let lastWords = '';
  process.stderr?.on('data', (text: Buffer) => {
    lastWords = (lastWords + text.toString()).slice(-LAST_WORDS_LENGTH);
  });
  const ended = new Promise<string>((resolve) => {
    process.once('error', (error) => resolve(error.message));
    // "close" comes after "exit", when stderr has been read to its end.
    process.once('close', (code, signal) => {
      resolve(`ended with ${signal ?? `exit code ${code}`}${lastWords ? `: ${lastWords.trim()}` : ''}`);
    });
  });
  const ready = new Promise<void>((resolve, reject) => {
    process.on('message', (message: ChildMessage) => {
      if (message.type === 'ready') resolve();
      else onProgress?.(message.message);
    });
    void ended.then((how) => reject(new Error(`the embedded database ${how}`)));
  });
  ready.catch(() => {}); // whoever needs it awaits it; nobody has to
  const kill = async () => {
    process.kill('SIGKILL');
    await ended;
  };
  const close = async () => {
    if (process.connected) process.send({ type: 'close' }, () => {});
    const deadline = setTimeout(() => void kill(), CLOSE_DEADLINE_MS);
    await ended;
    clearTimeout(deadline);
  };
  return { pid: process.pid, ready, ended, close, kill };
}

/** The parent's loader flags; its debugger port is taken. */
function inheritedFlags(): string[] {
  return process.execArgv.filter((flag) => !flag.startsWith('--inspect'));
}
