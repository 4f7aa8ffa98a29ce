/** A source of made-up values that gives the same ones on every machine. */
export interface Random {
  /** Uniform in [0, 1). */
  unit(): number;
  /** Uniform whole number, both ends included. */
  integer(from: number, to: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** In [-1, 1], most often near 0. */
  bell(): number;
  /** A UUID with version 4 marks. */
  uuid(): string;
}

/**
 * A generator seeded with a 32-bit number (mulberry32, Tommy Ettinger, public domain).
 * Only whole-number and basic arithmetic: functions such as `Math.log` differ between engines in the last bit.
 */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const bits32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const unit = (): number => bits32() / 2 ** 32;
  const hex = (): string => bits32().toString(16).padStart(8, '0');
  return {
    unit,
    integer: (from, to) => from + Math.floor(unit() * (to - from + 1)),
    chance: (probability) => unit() < probability,
    bell: () => (unit() + unit() + unit()) / 1.5 - 1,
    uuid: () => {
      const [a, b, c, d] = [hex(), hex(), hex(), hex()] as const;
      const variant = ((parseInt(c[0]!, 16) & 0x3) | 0x8).toString(16);
      return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${variant}${c.slice(1, 4)}-${c.slice(4)}${d}`;
    },
  };
}
