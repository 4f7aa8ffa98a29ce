/** Close what you open: every opener pushes a releaser, shutdown runs them last in, first out. */
export class Releasers {
  #stack: { name: string; release: () => unknown }[] = [];
  #running: Promise<void> | undefined;

  push(name: string, release: () => unknown): void {
    this.#stack.push({ name, release });
  }

  /** Runs every releaser once; one that fails does not stop the others. */
  run(onError: (name: string, error: unknown) => void = () => {}): Promise<void> {
    this.#running ??= this.#runAll(onError);
    return this.#running;
  }

  async #runAll(onError: (name: string, error: unknown) => void): Promise<void> {
    for (let entry = this.#stack.pop(); entry; entry = this.#stack.pop()) {
      try {
        await entry.release();
      } catch (error) {
        onError(entry.name, error);
      }
    }
  }
}
