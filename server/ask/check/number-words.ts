/** Numbers that are written in words, in Indonesian and English. Pure. */

const UNITS: Readonly<Record<string, number>> = {
  ...{
    nol: 0,
    kosong: 0,
    satu: 1,
    dua: 2,
    tiga: 3,
    empat: 4,
    lima: 5,
    enam: 6,
    tujuh: 7,
    delapan: 8,
    sembilan: 9,
  },
  ...{ zero: 0, one: 1, two: 2, three: 3, four: 4, five: 5, six: 6, seven: 7, eight: 8, nine: 9 },
};
const WHOLE: Readonly<Record<string, number>> = {
  ...{ sepuluh: 10, sebelas: 11, seratus: 100, seribu: 1_000, sejuta: 1_000_000, semiliar: 1e9 },
  ...{ ten: 10, eleven: 11, twelve: 12, thirteen: 13, fourteen: 14, fifteen: 15, sixteen: 16, seventeen: 17 },
  ...{
    eighteen: 18,
    nineteen: 19,
    twenty: 20,
    thirty: 30,
    forty: 40,
    fifty: 50,
    sixty: 60,
    seventy: 70,
    eighty: 80,
  },
  ...{ ninety: 90, dozen: 12, lusin: 12, selusin: 12, kodi: 20 },
};
/** Multiply what stands before them. */
export const SCALES: Readonly<Record<string, number>> = {
  ...{
    puluh: 10,
    ratus: 100,
    ribu: 1e3,
    rb: 1e3,
    juta: 1e6,
    jt: 1e6,
    miliar: 1e9,
    milyar: 1e9,
    triliun: 1e12,
  },
  ...{ hundred: 100, thousand: 1e3, k: 1e3, million: 1e6, mio: 1e6, billion: 1e9, trillion: 1e12 },
};

const ORDINALS: Readonly<Record<string, number>> = {
  ...{
    pertama: 1,
    kedua: 2,
    ketiga: 3,
    keempat: 4,
    kelima: 5,
    keenam: 6,
    ketujuh: 7,
    kedelapan: 8,
    kesembilan: 9,
  },
  ...{
    kesepuluh: 10,
    first: 1,
    second: 2,
    third: 3,
    fourth: 4,
    fifth: 5,
    sixth: 6,
    seventh: 7,
    eighth: 8,
    ninth: 9,
  },
  ...{ tenth: 10, eleventh: 11, twelfth: 12, twentieth: 20, thirtieth: 30, fiftieth: 50, hundredth: 100 },
};

/** Parts of one, and how many times. */
const FRACTIONS: Readonly<Record<string, number>> = {
  ...{
    setengah: 0.5,
    setengahnya: 0.5,
    separuh: 0.5,
    separuhnya: 0.5,
    separo: 0.5,
    sepertiga: 1 / 3,
    seperempat: 0.25,
  },
  ...{
    seperlima: 0.2,
    sepersepuluh: 0.1,
    pertiga: 1 / 3,
    perempat: 0.25,
    perlima: 0.2,
    half: 0.5,
    halves: 0.5,
  },
  ...{ quarter: 0.25, quarters: 0.25, thirds: 1 / 3, fifths: 0.2, tenths: 0.1 },
};
const TIMES: Readonly<Record<string, number>> = {
  ...{
    twice: 2,
    double: 2,
    doubled: 2,
    triple: 3,
    tripled: 3,
    quadruple: 4,
    twofold: 2,
    threefold: 3,
    fourfold: 4,
  },
  ...{ tenfold: 10, dobel: 2, thrice: 3 },
};
/** Orders of magnitude: from, up to. */
const VAGUE: Readonly<Record<string, readonly [number, number]>> = {
  ...{
    belasan: [11, 20],
    puluhan: [20, 100],
    ratusan: [100, 1e3],
    ribuan: [1e3, 1e6],
    jutaan: [1e6, 1e9],
    miliaran: [1e9, 1e12],
  },
  ...{
    dozens: [24, 144],
    hundreds: [100, 1e3],
    thousands: [1e3, 1e6],
    millions: [1e6, 1e9],
    billions: [1e9, 1e12],
  },
};

export type Spelled =
  | {
      readonly kind: 'cardinal' | 'ordinal' | 'times';
      readonly value: number;
      readonly scale: number;
      readonly length: number;
    }
  | { readonly kind: 'fraction'; readonly value: number; readonly length: number }
  | { readonly kind: 'vague'; readonly range: readonly [number, number]; readonly length: number };

const known = <T>(table: Readonly<Record<string, T>>, word: string | undefined): T | undefined =>
  word !== undefined && Object.hasOwn(table, word) ? table[word] : undefined;

/**
 * The number that begins at a word: `seratus dua puluh tiga`, `one hundred and twenty-three`, `dua koma lima`,
 * `dua pertiga`, `ribuan`. Words are in small letters, parted at hyphens.
 */
export function spelledNumber(words: readonly string[], from: number): Spelled | undefined {
  const first = words[from];
  const range = known(VAGUE, first);
  if (range) return { kind: 'vague', range, length: 1 };
  const times = known(TIMES, first);
  if (times !== undefined) return { kind: 'times', value: times, scale: 1, length: 1 };
  const ordinal = known(ORDINALS, first);
  if (ordinal !== undefined) return { kind: 'ordinal', value: ordinal, scale: 1, length: 1 };
  const fraction = known(FRACTIONS, first);
  if (fraction !== undefined) return { kind: 'fraction', value: fraction, length: 1 };
  return cardinal(words, from);
}

function cardinal(words: readonly string[], from: number): Spelled | undefined {
  let total = 0;
  let group = 0;
  let i = from;
  let last: 'unit' | 'ten' | 'scale' | undefined;
  let scale = 1;
  for (; i < words.length; i++) {
    const word = words[i];
    const isLinked = word === 'and' && last === 'scale' && isNumberWord(words[i + 1]);
    if (isLinked) continue;
    const unit = known(UNITS, word);
    const whole = known(WHOLE, word);
    const factor = known(SCALES, word);
    if (word === 'belas' && last === 'unit') {
      group += 10;
      last = 'ten';
    } else if (factor !== undefined && last !== undefined) {
      if (factor < 1e3) {
        // `dua ratus tiga puluh`: the tens are of the last unit alone.
        const unitPart = factor === 10 ? group % 10 : group % 100 || 1;
        group = group - unitPart + unitPart * factor;
      } else {
        total += Math.max(group, 1) * factor;
        group = 0;
      }
      scale = factor;
      last = 'scale';
    } else if (whole !== undefined && last !== 'unit' && (last === undefined || last === 'scale')) {
      if (whole >= 1e3) total += whole;
      else group += whole;
      last = whole >= 100 ? 'scale' : 'ten';
      scale = whole >= 100 ? whole : 1;
    } else if (unit !== undefined && last !== 'unit') {
      group += unit;
      last = 'unit';
      scale = 1;
    } else break;
  }
  if (last === undefined) return undefined;
  const value = total + group;
  const part = known(FRACTIONS, words[i]);
  if (part !== undefined && value > 0 && value < 20)
    return { kind: 'fraction', value: value * part, length: i + 1 - from };
  const ordinal = known(ORDINALS, words[i]);
  if (ordinal !== undefined && ordinal < 10 && value >= 20 && value % 10 === 0)
    return { kind: 'ordinal', value: value + ordinal, scale: 1, length: i + 1 - from };
  if (words[i] === 'koma' || words[i] === 'point') {
    const digits: number[] = [];
    let j = i + 1;
    for (; known(UNITS, words[j]) !== undefined; j++) digits.push(known(UNITS, words[j]) ?? 0);
    if (digits.length > 0)
      return {
        kind: 'cardinal',
        value: Number(`${value}.${digits.join('')}`),
        scale: 10 ** -digits.length,
        length: j - from,
      };
  }
  return { kind: 'cardinal', value, scale, length: i - from };
}

const isNumberWord = (word: string | undefined): boolean =>
  known(UNITS, word) !== undefined || known(WHOLE, word) !== undefined;
