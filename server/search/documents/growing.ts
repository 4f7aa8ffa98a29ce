type Numbers = Uint8Array | Uint16Array | Uint32Array | Float32Array | Float64Array;

interface Maker<Of> {
  readonly BYTES_PER_ELEMENT: number;
  new (of: number | SharedArrayBuffer): Of;
}

/** Numbers of one type, one after the other: of a million documents each number counts. */
export class Growing<Of extends Numbers> {
  readonly #make: Maker<Of>;
  #numbers: Of;
  length = 0;

  constructor(make: Maker<Of>) {
    this.#make = make;
    this.#numbers = new make(64);
  }

  push(number: number): void {
    if (this.length === this.#numbers.length) this.#grow(this.length + 1);
    this.#numbers[this.length++] = number;
  }

  /** Room for so many more, which is written by whoever asks for it. */
  reserve(count: number): { readonly numbers: Of; readonly from: number } {
    const from = this.length;
    this.length += count;
    if (this.length > this.#numbers.length) this.#grow(this.length);
    return { numbers: this.#numbers, from };
  }

  /** All of them, without room to spare, and where another thread sees them too: to hand over is not to copy. */
  done(): Of {
    const exact = new this.#make(new SharedArrayBuffer(this.length * this.#make.BYTES_PER_ELEMENT));
    exact.set(this.#numbers.subarray(0, this.length));
    this.#numbers = exact;
    return exact;
  }

  #grow(least: number): void {
    const larger = new this.#make(Math.max(least, this.#numbers.length * 2));
    larger.set(this.#numbers);
    this.#numbers = larger;
  }
}
