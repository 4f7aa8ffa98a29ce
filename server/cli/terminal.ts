/** The same work is told of this often, on a terminal and without one. */
const REDRAWN_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5_000;
const BAR_WIDTH = 24;

/**
 * Answers go to standard output; what is said besides goes to standard error, so that a pipe gets answers alone.
 * Progress is one line that is redrawn on a terminal, and a line now and then elsewhere.
 */
export class Terminal {
  readonly #out: NodeJS.WritableStream;
  readonly #error: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Progress that stands in the last line of the terminal. */
  #drawn = false;
  #told = { what: '', at: -Infinity };

  constructor(out: NodeJS.WritableStream = process.stdout, error: NodeJS.WritableStream = process.stderr) {
    this.#out = out;
    this.#error = error;
  }

  print(line: string): void {
    this.#clear();
    this.#out.write(`${line}\n`);
  }

  complain(text: string): void {
    this.#clear();
    this.#error.write(`${text}\n`);
  }

  /** `share`: how much is done, from 0 to 1, where that is known. */
  progress(text: string, share?: number): void {
    const { isTTY = false } = this.#error;
    // What differs in numbers alone is the same work.
    const what = text.replaceAll(/[\d.,]+/g, '#');
    const everyMs = isTTY ? REDRAWN_EVERY_MS : PLAIN_EVERY_MS;
    if (what === this.#told.what && performance.now() - this.#told.at < everyMs) return;
    this.#told = { what, at: performance.now() };
    this.#error.write(isTTY ? `\r\x1b[K${share === undefined ? '' : bar(share)}${text}` : `${text}\n`);
    this.#drawn = isTTY;
  }

  /** Leaves the last progress where it is. */
  end(): void {
    if (this.#drawn) this.#error.write('\n');
    this.#drawn = false;
  }

  #clear(): void {
    if (this.#drawn) this.#error.write('\r\x1b[K');
    this.#drawn = false;
  }
}

/** `[######------------------]  25 %  `. */
function bar(share: number): string {
  const part = Math.min(1, Math.max(0, share));
  const done = Math.round(part * BAR_WIDTH);
  const percent = String(Math.floor(part * 100)).padStart(3);
  return `[${'#'.repeat(done)}${'-'.repeat(BAR_WIDTH - done)}] ${percent} %  `;
}
