/** Tells how far a long run is, a line for each step. */
export class Progress {
  readonly #all: number;
  readonly #began = performance.now();
  #done = 0;

  /** @param all steps there will be */
  constructor(all: number) {
    this.#all = all;
  }

  step(what: string): void {
    const seconds = (performance.now() - this.#began) / 1000;
    const share = Math.round((++this.#done / this.#all) * 100);
    console.log(`[${String(share).padStart(3)} % ${clock(seconds)}] ${what}`);
  }
}

function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
}
