/** The same work is told of this often, on a terminal and without one. */
const REDRAWN_EVERY_MS = 100;
const PLAIN_EVERY_MS = 5_000;

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

  progress(text: string): void {
    const { isTTY = false } = this.#error;
    // What differs in numbers alone is the same work.
    const what = text.replaceAll(/[\d.,]+/g, '#');
    const everyMs = isTTY ? REDRAWN_EVERY_MS : PLAIN_EVERY_MS;
    if (what === this.#told.what && performance.now() - this.#told.at < everyMs) return;
    this.#told = { what, at: performance.now() };
    this.#error.write(isTTY ? `\r\x1b[K${text}` : `${text}\n`);
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
