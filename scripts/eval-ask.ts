import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { pino } from 'pino';
import { loadConfig, readConfig } from '../server/config.ts';
import { loadMaps } from '../server/maps.ts';
import { projectPath } from '../server/tools/paths.ts';
import { startServer } from '../server/server.ts';
import { askAll } from './eval-ask/pipeline.ts';
import { readQuestions, SETS, US_DEMO } from './eval-ask/questions.ts';
import { decideByRules } from './eval-ask/rules.ts';
import { report, shown, wilson } from './eval-ask/score.ts';
import { GeminiStub, STUB_KEY } from './gemini-stub/server.ts';

/**
 * `npm run eval:ask [-- --pipeline [--limit n]]`: how the assistant does on the labelled questions. Without more it asks
 * the deterministic layers alone, which costs nothing; with `--pipeline` every question goes through all of them, to the
 * configured Gemini and on its budget, or to the stub where no key is set.
 */
const { values } = parseArgs({
  options: { pipeline: { type: 'boolean', default: false }, limit: { type: 'string' } },
});

console.log('The deterministic layers alone\n');
for (const [name, file] of Object.entries(SETS)) {
  console.log(`${report(name, decideByRules(projectPath('ask.yaml'), readQuestions(file)))}\n`);
}
const us = decideByRules(projectPath('data', 'ask', 'us-demo.yaml'), readQuestions(US_DEMO));
console.log(`${report('the policy of the US demo', us)}\n`);

if (values.pipeline) await evaluatePipeline(Number(values.limit ?? Infinity));
else console.log('The whole pipeline is asked with --pipeline.');

async function evaluatePipeline(limit: number): Promise<void> {
  const configured = loadConfig();
  const stub = configured.ask.apiKey === undefined ? await GeminiStub.start() : undefined;
  const config = stub
    ? readConfig({
        GEMINI_API_KEY: STUB_KEY,
        GEMINI_BASE_URL: stub.url,
        PORT: '0',
        CHOROGRAPH_SCHEDULE: 'false',
        CHOROGRAPH_DATA_DIR: join(mkdtempSync(join(tmpdir(), 'chorograph-eval-')), 'data'),
      })
    : { ...configured, port: 0 };
  const warning = stub
    ? 'No GEMINI_API_KEY is set, so the stub answers. It knows nothing: these figures say NOTHING of the accuracy of a real\nmodel, only that the pipeline moves.'
    : `Asking ${config.ask.model} at ${config.ask.baseUrl ?? 'the Gemini API'}, on your budget.`;
  console.log(`The whole pipeline\n\n${warning}\n`);
  const maps = loadMaps(projectPath('data', 'maps.yaml'));
  const server = await startServer({ config, maps, log: pino({ level: 'silent' }) });
  try {
    await server.ready;
    for (const [name, file] of Object.entries(SETS)) {
      const questions = readQuestions(file).slice(0, limit);
      const asked = await askAll(server, questions, (done) => {
        if (done % 50 === 0) console.error(`${name}: ${done} of ${questions.length}`);
      });
      const figures = asked.filter(({ isRight }) => isRight !== undefined);
      console.log(report(name, asked));
      console.log(
        `  right figures    ${shown(wilson(figures.filter(({ isRight }) => isRight).length, figures.length))}\n`,
      );
    }
    if (stub) console.log(warning);
  } finally {
    await server.stop();
    await stub?.stop();
  }
}
