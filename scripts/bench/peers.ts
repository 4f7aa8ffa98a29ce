import { createServer, type RequestListener } from 'node:http';
import express from 'express';
import { readConfig } from '../../server/config.ts';
import { commonHeaders } from '../../server/http/answers/common-headers.ts';
import { requestLog } from '../../server/http/requests/request-log.ts';
import { createLogger } from '../../server/observe/log.ts';

/**
 * What a cached tile is measured against: `tsx peers.ts node|express|stack`, given body and headers as
 * one JSON line on standard input, prints its port. Sends the same bytes and headers for every request.
 */
interface Answer {
  body: string;
  headers: Record<string, string>;
}

const [kind = ''] = process.argv.slice(2);
let input = '';
for await (const chunk of process.stdin) {
  input += String(chunk);
  if (input.endsWith('\n')) break;
}
const { body, headers } = JSON.parse(input) as Answer;
const bytes = Buffer.from(body, 'base64');

const listeners: Record<string, () => RequestListener> = {
  node: () => (_req, res) => {
    res.writeHead(200, headers).end(bytes);
  },
  express: () => expressApp([]),
  stack: () =>
    expressApp([
      requestLog({ observe: () => {}, startup: { state: 'ready' } }, createLogger('info')),
      ...commonHeaders(readConfig({})).middleware,
    ]),
};

function expressApp(middleware: readonly express.RequestHandler[]): RequestListener {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  for (const handler of middleware) app.use(handler);
  app.get('/tiles/:layer/:z/:x/:y.mvt', (_req, res) => {
    res.set(headers).end(bytes);
  });
  return app;
}

const listener = listeners[kind]?.();
if (!listener) throw new Error('node, express or stack');
const server = createServer(listener);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
process.once('SIGTERM', () => process.exit(0));
