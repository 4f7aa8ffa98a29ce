import assert from 'node:assert/strict';
import { addressHash, withoutPersonalData } from '../../../server/ask/log/redact.ts';

describe('personal data', () => {
  const cases: [string, string][] = [
    ['hubungi 0812-3456-7890 ya', 'hubungi [phone] ya'],
    ['WA +62 812 3456 7890', 'WA [phone]'],
    ['telepon (021) 555 1234', 'telepon [phone]'],
    ['surel budi.s+pp@contoh.co.id dan x', 'surel [e-mail] dan x'],
    ['budi (at) contoh (dot) id', '[e-mail]'],
    ['NIK 3578012345678901 saya', 'NIK [number] saya'],
    ['NIK 3578 0123 4567 8901', 'NIK [number]'],
    ['KTP-nya 3578012345678901 itu', 'KTP-nya [NIK] itu'],
    ['nisn: 0012345678', 'nisn [number]'],
    ['rekening 1234567890123', 'rekening [number]'],
    ['paspor B1234567', 'paspor [number]'],
    ['Nama saya Siti Aminah, apa itu santri?', 'Nama saya [name], apa itu santri?'],
    ['nama saya adalah Budi dan saya santri', 'nama saya adalah [name] dan saya santri'],
    ['Namaku Ahmad. Apa itu NU?', 'Namaku [name] Apa itu NU?'],
    ['My name is John Smith and I ask', 'My name is [name] and I ask'],
    ['kunci AIzaSyD-1234567890abcdefghij', 'kunci (key)'],
    ['key AQ.Ab8RN6Jxyz', 'key (key)'],
  ];
  for (const [text, expected] of cases)
    it(`is taken out of “${text}”`, () => assert.equal(withoutPersonalData(text), expected));

  it('leaves questions and figures as they are', () => {
    for (const text of [
      'Apa nama kitab yang dipelajari santri pada 1926?',
      'Jawa Timur memiliki 1.234.567 santri, naik 12,5 persen sejak 2019.',
      'Apa yang terjadi pada 10 November 1945 di Surabaya?',
      'Antara 2019-2024 jumlahnya 12 345 678.',
      'Siapa nama pendiri NU?',
    ])
      assert.equal(withoutPersonalData(text), text);
  });

  it('is nowhere in a hash of an address, which only the key can make again', () => {
    assert.equal(addressHash('203.0.113.7', 'k'.repeat(20)), addressHash('203.0.113.7', 'k'.repeat(20)));
    assert.notEqual(addressHash('203.0.113.7', 'k'.repeat(20)), addressHash('203.0.113.7', 'l'.repeat(20)));
    assert.match(addressHash('203.0.113.7', 'key'), /^[\w-]{16}$/);
  });
});
