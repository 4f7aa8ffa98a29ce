import type { Language } from './client.ts';

/** What the box for questions says; it speaks the languages of the assistant, not only that of the page. */
export interface AskTexts {
  language: string;
  title: string;
  question: string;
  placeholder: string;
  ask: string;
  stop: string;
  suggestions: string;
  thinking: string;
  stopped: string;
  answerLabel: string;
  sources: (count: number) => string;
  note: (model: string) => string;
  length: (min: number, max: number) => string;
  slower: (wait: string) => string;
  spent: string;
  busy: (wait: string) => string;
  misconfigured: string;
  unreachable: string;
  cut: string;
  failed: string;
  again: string;
  wait: (seconds: number) => string;
}

export const LANGUAGE_CHOICE = 'Language · Bahasa';

export const ASK_TEXTS: Readonly<Record<Language, AskTexts>> = {
  en: {
    language: 'English',
    title: 'Ask a question',
    question: 'Your question',
    placeholder: 'Ask about the map and its topics',
    ask: 'Ask',
    stop: 'Stop',
    suggestions: 'For example',
    thinking: 'Looking for an answer…',
    stopped: 'Stopped.',
    answerLabel: 'Answer',
    sources: (count) => (count === 1 ? 'Where this is from' : `Where this is from (${count})`),
    note: (model) =>
      `Written by a language model (${model}). Its numbers are checked against this map; other statements may be wrong.`,
    length: (min, max) => `Please ask in ${min} to ${max} characters.`,
    slower: (wait) => `That was a lot of questions. Please ask again ${wait}.`,
    spent:
      'No more questions can be answered today. Please come back tomorrow; the map is there all the time.',
    busy: (wait) => `Questions cannot be answered just now. Please try again ${wait}.`,
    misconfigured: 'Questions cannot be answered at the moment. Whoever runs this server has to mend that.',
    unreachable: 'The server cannot be reached. Check the connection, then try again.',
    cut: 'The answer broke off here.',
    failed: 'The question could not be answered.',
    again: 'Try again',
    wait: (seconds) =>
      seconds < 90
        ? `in ${seconds} ${seconds === 1 ? 'second' : 'seconds'}`
        : `in ${Math.round(seconds / 60)} minutes`,
  },
  id: {
    language: 'Bahasa Indonesia',
    title: 'Ajukan pertanyaan',
    question: 'Pertanyaan Anda',
    placeholder: 'Tanyakan tentang peta ini dan topiknya',
    ask: 'Tanya',
    stop: 'Berhenti',
    suggestions: 'Misalnya',
    thinking: 'Mencari jawaban…',
    stopped: 'Dihentikan.',
    answerLabel: 'Jawaban',
    sources: (count) => (count === 1 ? 'Sumber jawaban ini' : `Sumber jawaban ini (${count})`),
    note: (model) =>
      `Ditulis oleh model bahasa (${model}). Angkanya diperiksa terhadap peta ini; pernyataan lain bisa saja keliru.`,
    length: (min, max) => `Mohon ajukan pertanyaan sepanjang ${min} sampai ${max} karakter.`,
    slower: (wait) => `Pertanyaannya terlalu banyak. Mohon tanyakan lagi ${wait}.`,
    spent:
      'Hari ini tidak ada lagi pertanyaan yang bisa dijawab. Silakan kembali besok; petanya tetap tersedia.',
    busy: (wait) => `Pertanyaan belum bisa dijawab saat ini. Silakan coba lagi ${wait}.`,
    misconfigured: 'Pertanyaan belum bisa dijawab. Pengelola server ini perlu memperbaikinya.',
    unreachable: 'Server tidak dapat dihubungi. Periksa koneksi, lalu coba lagi.',
    cut: 'Jawaban terputus di sini.',
    failed: 'Pertanyaan ini tidak dapat dijawab.',
    again: 'Coba lagi',
    wait: (seconds) => (seconds < 90 ? `dalam ${seconds} detik` : `dalam ${Math.round(seconds / 60)} menit`),
  },
};

/** The first language of the reader that the assistant speaks; else English, as the page around it, or its first. */
export function preferredLanguage(readers: readonly string[], spoken: readonly Language[]): Language {
  const codes = readers.map((tag) => tag.toLowerCase().split('-')[0]);
  const wanted = codes.find((code) => spoken.some((each) => each === code)) as Language | undefined;
  return wanted ?? (spoken.includes('en') ? 'en' : (spoken[0] ?? 'en'));
}
