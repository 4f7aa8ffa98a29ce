import { createHmac } from 'node:crypto';
import { withoutKeys } from '../gemini/redact.ts';

/**
 * Personal data of a question or an answer, taken out before it is written anywhere. What is taken out too much costs a
 * reader little; what is left in costs somebody their privacy. Pure.
 */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/[\w.+%-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\s?(?:\.|\(dot\)|\[dot\])\s?[\w-]+)+/gi, '[e-mail]'],
  [
    /\b(nik|nisn|nis|npwp|nomor (?:induk|rekening|ktp|kk|paspor)|no\.? ?(?:rek|ktp|kk|hp|wa)|passport(?: number)?|account number)\b\s*(?:saya|ku|my|adalah|is|:|=)*\s*[\w.-]*\d[\w.-]*(?:[ -]\d+)*/gi,
    '$1 [number]',
  ],
  // 16 digits are a NIK or a family card; other long numbers are accounts, phones, passports.
  [/(?<![\d.,])(?:\d[ .-]?){15}\d(?!\d)/g, '[NIK]'],
  [/(?<![\w.,])(?:\+|00)\s?\d{1,3}(?:[\s().-]*\d){7,12}(?!\d)/g, '[phone]'],
  [/(?<![\w.,])\(?0\d{1,3}\)?(?:[\s.-]?\d){6,10}(?!\d)/g, '[phone]'],
  [/(?<![\w.,])(?:\d[ -]?){9,18}\d(?!\d)/g, '[number]'],
  [/\b[A-Z]{1,2}\s?\d{6,8}\b/g, '[number]'],
];

/** Behind these stands a name. It ends where the sentence, or another clause, begins. */
const NAME =
  /\b(nama (?:saya|aku|ku|gue|gw|lengkap(?: saya)?|ayah saya|ibu saya|anak saya|istri saya|suami saya)|namaku|saya bernama|aku bernama|perkenalkan,? (?:saya|nama saya)|my (?:full )?name is|my name'?s|i am called|call me)(\s+(?:adalah|ialah|yaitu|itu|is))?(\s*[:,]?\s+)([\p{L}'’.-]+(?:\s+(?!(?:dan|dari|yang|ingin|mau|saya|aku|umur|tinggal|alamat|nik|nomor|no|hp|apa|apakah|bagaimana|mengapa|kapan|siapa|berapa|di|and|from|what|how|why|when|who|i|my|want|with|please|tolong|mohon|santri|seorang)\b)[\p{L}'’.-]+){0,4})/giu;

export function withoutPersonalData(text: string): string {
  const named = withoutKeys(text.normalize('NFKC')).replace(
    NAME,
    (_, lead: string, verb: string | undefined, gap: string) => `${lead}${verb ?? ''}${gap}[name]`,
  );
  return RULES.reduce((kept, [expression, mark]) => kept.replace(expression, mark), named);
}

const ADDRESS_LENGTH = 16;

/** Tells addresses apart without naming one: nobody without the key can try all of them. */
export function addressHash(address: string, key: string): string {
  return createHmac('sha256', key).update(address).digest('base64url').slice(0, ADDRESS_LENGTH);
}
