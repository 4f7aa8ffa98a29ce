/** Abbreviations whose full stop ends no sentence. */
const SHORT =
  /(?:^|[\s(])(?:kh|k|h|hj|dr|drs|prof|ir|ust|kab|kec|prov|no|st|mr|mrs|ms|e\.g|i\.e|etc|vs|dll|dsb|dst|hlm|jl|tgl|u\.s|[a-z])\.$/i;

/** Cuts a text that comes in pieces into sentences; a line is one too. Decimals and abbreviations end none. */
export class Sentences {
  #rest = '';

  /** Sentences that are complete now, with the space behind them. */
  push(piece: string): string[] {
    this.#rest += piece;
    const complete: string[] = [];
    for (let from = 0; ;) {
      const end = /[.!?…]+["'”’)\]]*\s+|\n+/g;
      end.lastIndex = from;
      const match = end.exec(this.#rest);
      // What stands last may go on: `1.` may be `1.5`.
      if (!match || match.index + match[0].length >= this.#rest.length) return complete;
      const upTo = match.index + match[0].length;
      const sentence = this.#rest.slice(0, upTo);
      const isLine = match[0].includes('\n');
      const isMarker = /^\s*\d{1,2}[.)]\s*$/.test(sentence);
      if (!isLine && (isMarker || SHORT.test(sentence.trimEnd()))) {
        from = upTo;
        continue;
      }
      complete.push(sentence);
      this.#rest = this.#rest.slice(upTo);
      from = 0;
    }
  }

  /** What is left at the end. */
  flush(): string[] {
    const rest = this.#rest;
    this.#rest = '';
    return rest.trim() === '' ? [] : [rest];
  }
}
