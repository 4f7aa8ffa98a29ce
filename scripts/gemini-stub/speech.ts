import type { GenerateBody, Part, Schema } from './validate.ts';

/** What a well-behaved model might say, by the words of a question alone: enough to see every part of a pipeline move. */
export function speak(body: GenerateBody, { alwaysCalls = false } = {}): Part[] {
  const schema = body.generationConfig?.responseJsonSchema;
  const question = questionOf(body);
  if (schema) return [{ text: JSON.stringify(classification(question, schema)) }];
  const answers = (body.contents ?? []).flatMap(({ parts = [] }) =>
    parts.flatMap((part) => part.functionResponse ?? []),
  );
  const last = answers.at(-1);
  const mayCall = (body.tools ?? []).length > 0 && body.toolConfig?.functionCallingConfig?.mode !== 'NONE';
  const wantsFigure = alwaysCalls || FIGURES.test(question);
  if (mayCall && wantsFigure && (!last || last.name === 'listChoropleths')) {
    const call = last ? nextCall(question, last.response ?? {}) : { name: 'listChoropleths', args: {} };
    if (call)
      return [{ thoughtSignature: SIGNATURE, functionCall: { id: `call-${answers.length + 1}`, ...call } }];
  }
  const language = languageOf(body);
  const rows = last && last.name !== 'listChoropleths' ? last.response : undefined;
  return [{ text: rows ? figures(rows, language) : language === 'id' ? PLAIN_ID : PLAIN_EN }];
}

export const SIGNATURE = 'c2lnbmF0dXJl';
const PLAIN_ID =
  'Pesantren adalah lembaga pendidikan Islam tempat santri belajar bersama kiai. Santri tinggal di asrama dan mengaji kitab.';
const PLAIN_EN =
  'A pesantren is an Islamic school where santri learn with their kiai. They live in dormitories and read classical books.';
const FIGURES =
  /berapa (jumlah|persen|banyak|skor|total|tingkat|santri|pesantren)|berapa\?|ada berapa|provinsi mana|negara bagian mana|di provinsi mana|terbanyak|bandingkan|how many|what percentage|average score|which (province|state|count)|compare|rate in|unemployment rate (was|is)|the unemployment rate in/i;

/** The language that the instructions ask for. */
function languageOf({ systemInstruction }: GenerateBody): 'id' | 'en' {
  const told = systemInstruction?.parts?.map(({ text = '' }) => text).join('\n') ?? '';
  return told.includes('Answer in English') ? 'en' : 'id';
}

export function questionOf(body: GenerateBody): string {
  const text = body.contents?.find(({ role }) => role !== 'model')?.parts?.[0]?.text ?? '';
  try {
    return (JSON.parse(text) as { question?: string }).question ?? text;
  } catch {
    return text;
  }
}

function classification(question: string, schema: Schema): object {
  const topics = schema.properties?.topic?.enum ?? ['off_topic'];
  const bad =
    /ignore|abaikan|prompt|instruksi|DAN\b|pretend|act as|kamu adalah|tulis|buat|write|translate|terjemah|resep|recipe|harga|price|film horor|presiden|president|partai|party|pilpres|terbaik|best|obat|medicine|hitung|homework|PR /i;
  const words: readonly [RegExp, string][] = [
    [/santri/i, 'santri'],
    [/pesantren|pasantren|kiai|kyai|mondok|pondok/i, 'pesantren'],
    [/\bNU\b|nahdlatul/i, 'nu'],
    [/bantuan|aid|pkh/i, 'aid'],
    [/miskin|poor|poverty/i, 'poverty'],
    [/islam|zakat|puasa|sholat|quran/i, 'islam'],
    [/madrasah|sekolah|school|pendidikan|education/i, 'education'],
    [/unemploy|pengangguran/i, 'unemployment'],
    [/airport|bandara/i, 'airports'],
    [/map|count(y|ies)|figure|peta/i, 'map'],
  ];
  const topic = words.find(([expression, id]) => expression.test(question) && topics.includes(id))?.[1];
  return bad.test(question) || topic === undefined
    ? { topic: 'off_topic', confidence: 0.9 }
    : { topic, confidence: 0.95 };
}

interface Listed {
  id: string;
  levels: string[];
  metrics: { id: string; label: string; unit?: string }[];
}

/** The call that a question about figures asks for. */
function nextCall(
  question: string,
  list: Record<string, unknown>,
): { name: string; args: Record<string, unknown> } | undefined {
  const choropleths = (list.choropleths ?? []) as Listed[];
  const of = (words: RegExp): boolean => words.test(question);
  const wanted = of(/airport|bandara/i)
    ? /points/
    : of(/unemploy|pengangguran/i)
      ? /unemployment/
      : of(/pesantren(?! dan)/i) && !of(/santri (miskin|terbanyak|paling)/i)
        ? /pesantren/
        : /santri/;
  const choropleth = choropleths.find(({ id }) => wanted.test(id)) ?? choropleths[0];
  if (!choropleth) return undefined;
  const metricWords = of(/sangat miskin|very poor/i)
    ? /sangat_miskin/
    : of(/miskin|poor/i)
      ? /pct_miskin/
      : of(/sangat layak/i)
        ? /sangat_layak/
        : of(/layak|eligible/i)
          ? /pct_layak/
          : of(/skor|score/i)
            ? /skor/
            : /./;
  const isReported = of(/total santri menurut/i);
  const metric = choropleth.metrics.find(({ id }) => (isReported ? /santri/ : metricWords).test(id))?.id;
  const level = of(/negara bagian|which state|\bstate\b|Texas|Alaska/i)
    ? choropleth.levels.at(-1)
    : undefined;
  const base = { choropleth: choropleth.id, ...(metric ? { metric } : {}), ...(level ? { level } : {}) };
  const regions = regionsOf(question);
  if (of(/bandingkan|compare/i) && regions.length > 1)
    return { name: 'compareRegions', args: { ...base, regions } };
  if (regions.length > 0 && !of(/provinsi mana|which province|which state|which count/i))
    return { name: 'regionValue', args: { ...base, region: regions.join(', ') } };
  const order = of(/paling sedikit|terendah|fewest|lowest/i) ? 'lowest' : 'highest';
  return { name: 'topRegions', args: { ...base, order, count: of(/lima|five/i) ? 5 : 3 } };
}

/** Names behind `di` and `in`, and those around `dan` and `and`. */
function regionsOf(question: string): string[] {
  const [, names = ''] =
    /\b(?:di|in|does|of santri in)\s+((?:[A-Z][\w-]*|,|dan|and|\s)+)/.exec(question) ??
    /\bpesantren di\s+((?:[A-Z][\w-]*|\s)+)/.exec(question) ??
    [];
  const isPair = /bandingkan|compare/i.test(question);
  return names
    .split(isPair ? /\s+(?:dan|and)\s+|,\s*/ : /\s+(?:dan|and)\s+/)
    .map((name) => name.replace(/\s+(have|are)?\s*$/, '').trim())
    .filter((name) => /^[A-Z]/.test(name));
}

function figures(response: Record<string, unknown>, language: 'id' | 'en'): string {
  type Row = { name?: string; value?: number | null; status?: string };
  const rows = (response.rows as Row[] | undefined) ?? [response as Row];
  const unit = (response.metric as { unit?: string } | undefined)?.unit === '%' ? '%' : '';
  const said = rows.map(({ name, value, status }) =>
    value === null || value === undefined
      ? `${name ?? 'Wilayah itu'}: ${status ?? 'tidak ada data'}`
      : `${name}: ${value.toLocaleString(language, { maximumFractionDigits: 2 })}${unit}`,
  );
  return `${language === 'id' ? 'Menurut peta ini' : 'According to this map'}: ${said.join('; ')}.`;
}
