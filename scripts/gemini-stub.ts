import { parseArgs } from 'node:util';
import { GeminiStub, MODES, STUB_KEY } from './gemini-stub/server.ts';

/** `npm run gemini-stub -- [--port 8790] [--mode ok]`: a stand-in for Gemini to try the assistant without a key. */
const { values } = parseArgs({
  options: { port: { type: 'string', default: '8790' }, mode: { type: 'string', default: 'ok' } },
});
const mode = MODES.find((each) => each === values.mode);
if (!mode) {
  console.error(`--mode must be one of ${MODES.join(', ')}`);
  process.exit(64);
}
const stub = await GeminiStub.start(Number(values.port));
stub.mode = mode;
console.log(`A stand-in for Gemini, which knows nothing. Start the server with

  GEMINI_API_KEY=${STUB_KEY} GEMINI_BASE_URL=${stub.url} npm start

and change what it does with

  curl -X PUT ${stub.url}/mode -d disobedient

Modes: ${MODES.join(', ')}`);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stub.stop());
