import { z } from 'zod';
import { KEYS_OF_AN_ADDRESS, type Numbers } from './asker.ts';
import { settings, type ConfigOf } from '../settings.ts';

/** `off`, `30`, `30/60` or `30/60/300`: without a key, with one, and all keys of an address together. */
const perMinute = z.string().transform((text, issues): Numbers | undefined => {
  const parts = /^([1-9]\d{0,8})(?:\/([1-9]\d{0,8}))?(?:\/([1-9]\d{0,8}))?$/.exec(text.trim());
  if (parts) {
    const [anonymous, keyed = anonymous, address = keyed! * KEYS_OF_AN_ADDRESS] = parts
      .slice(1)
      .flatMap((part) => (part === undefined ? [] : [Number(part)]));
    return { anonymous: anonymous!, keyed: keyed!, address };
  }
  if (text.trim() !== 'off') {
    issues.addIssue(
      'off, or a number in a minute, or one without and one with an API key, as 30/60, and one of all keys of an address, as 30/60/300',
    );
    return z.NEVER;
  }
  return undefined;
});

const CLASSES = ['tiles', 'documents', 'expensive', 'write'] as const;
export type LimitClass = (typeof CLASSES)[number];

/** What keys of a rate class have in a minute; `off` counts nothing, and what is not named is as for other keys. */
export type RateClass = Readonly<Partial<Record<LimitClass, number | 'off'>>>;

const OF_CLASS =
  'classes of keys with their numbers in a minute: partner tiles=6000 documents=off, slow tiles=60';

/** `partner tiles=6000 documents=off, slow tiles=60` */
const rateClasses = z.string().transform((text, issues): Readonly<Record<string, RateClass>> => {
  const entries = text.split(',').map((part): [string, RateClass] | undefined => {
    const [name = '', ...numbers] = part.trim().split(/\s+/);
    const parsed = numbers.map((each) => /^(\w+)=(off|[1-9]\d{0,8})$/.exec(each));
    const isRight = parsed.every((found) => found && CLASSES.some((known) => known === found[1]));
    if (!/^[a-z][\w-]{0,62}$/i.test(name) || numbers.length === 0 || !isRight) return undefined;
    const own = parsed.map((found) => [found![1]!, found![2] === 'off' ? 'off' : Number(found![2])]);
    return [name, Object.fromEntries(own) as RateClass];
  });
  if (entries.every((entry) => entry !== undefined)) return Object.fromEntries(entries);
  issues.addIssue(OF_CLASS);
  return z.NEVER;
});

export const limitSettings = settings({
  environment: {
    CHOROGRAPH_LIMIT_TILES: perMinute.optional(),
    CHOROGRAPH_LIMIT_DOCUMENTS: perMinute.optional(),
    CHOROGRAPH_LIMIT_EXPENSIVE: perMinute.optional(),
    CHOROGRAPH_LIMIT_WRITE: perMinute.prefault('30/60/300'),
    CHOROGRAPH_LIMIT_CLASSES: rateClasses.default({}),
  },
  /** `limits`: by class, how many requests there may be in a minute; `rateClasses`: for keys of these. */
  read: (env) => ({
    limits: {
      tiles: env.CHOROGRAPH_LIMIT_TILES,
      documents: env.CHOROGRAPH_LIMIT_DOCUMENTS,
      expensive: env.CHOROGRAPH_LIMIT_EXPENSIVE,
      write: env.CHOROGRAPH_LIMIT_WRITE,
    },
    rateClasses: env.CHOROGRAPH_LIMIT_CLASSES,
  }),
});

export type LimitConfig = ConfigOf<typeof limitSettings>;
