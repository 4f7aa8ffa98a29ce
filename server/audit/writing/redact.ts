import { withoutPersonalData } from '../../ask/public.ts';
import type { AuditEvent } from '../types.ts';

/** What is larger than this as JSON is told by its size. */
const LARGEST_VALUE = 4_000;
const LONGEST_NOTE = 500;
const LONGEST_NAME = 200;

/** Keys and tokens, wherever they stand. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [/cg_[0-9a-f]{12}_[\w-]+/g, '[key]'],
  [/\beyJ[\w-]{8,}\.[\w-]+\.[\w-]*/g, '[token]'],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{6,}/gi, '$1 [token]'],
  [/(:\/\/)[^\s/:@]*:[^\s/@]*@/g, '$1[password]@'],
  [
    /\b((?:[\w.-]*(?:passw(?:or)?d|secret|token|api[_-]?key|signature|sig)))("?\s*[=:]\s*"?)[^\s"&;,]+/gi,
    '$1$2[secret]',
  ],
];

/** Members of a value that hold persons or secrets by their name. */
const TELLING =
  /^(nama|nama_lengkap|full_?name|first_?name|last_?name|nik|nisn|npwp|no_?kk|passport|e?-?mail|phone|telp|telepon|hp|no_?hp|alamat|address|birth_?date|tanggal_lahir|passw(or)?d|secret|token|api_?key|authorization|hash)$/i;

/** Ids that we make ourselves look like numbers of persons now and then. */
const OWN_OBJECT = /^(key:[0-9a-f]{12}|[a-z]+:[\p{L}_][\p{L}\d_.-]*)$/u;
const OWN_CORRELATION = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A text that names nobody and opens nothing. Pure. */
export function redactText(text: string): string {
  const clean = text.replaceAll('\0', '').replaceAll(/\p{Surrogate}/gu, '\ufffd');
  const open = SECRETS.reduce((kept, [expression, mark]) => kept.replace(expression, mark), clean);
  return withoutPersonalData(open);
}

/** A value of JSON whose texts, numbers and members are treated so. */
export function redactValue(value: unknown): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    const text = String(value);
    return redactText(text) === text ? Number(value) : '[number]';
  }
  if (Array.isArray(value)) return value.map(redactValue);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      redactText(name),
      TELLING.test(name) && member !== null ? '[left out]' : redactValue(member),
    ]),
  );
}

/** An event as it may be written. */
export function redacted(event: AuditEvent): AuditEvent {
  const { object, correlation, before, after, note } = event;
  return {
    ...event,
    object: object && (OWN_OBJECT.test(object) ? object : redactText(object)).slice(0, LONGEST_NAME),
    correlation: correlation && (OWN_CORRELATION.test(correlation) ? correlation : redactText(correlation)),
    before: small(before),
    after: small(after),
    note: note && redactText(note).slice(0, LONGEST_NOTE),
  };
}

function small(value: unknown): unknown {
  if (value === undefined || value === null) return undefined;
  const size = JSON.stringify(value).length;
  return size > LARGEST_VALUE ? { leftOut: `${size} characters` } : redactValue(value);
}
