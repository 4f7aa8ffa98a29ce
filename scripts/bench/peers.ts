import { createServer } from 'node:http';
import express from 'express';

/**
 * What a cached tile is measured against: `tsx peers.ts node|express`, given body and headers as one
 * JSON line on standard input, prints its port. Sends the same bytes and headers for every request.
 */
interface Answer {
  body: string;
  headers: Record<string, string>;
}

const [kind] = process.argv.slice(2);
let input = '';
for await (const chunk of process.stdin) {
  input += String(chunk);
  if (input.endsWith('\n')) break;
}
const { body, headers } = JSON.parse(input) as Answer;
const bytes = Buffer.from(body, 'base64');

const app = express();
app.disable('x-powered-by');
app.disable('etag');
app.get('/tiles/:layer/:z/:x/:y.mvt', (_req, res) => {
  res.set(headers).end(bytes);
});
const server =
  kind === 'express'
    ? createServer(app)
    : createServer((_req, res) => {
        res.writeHead(200, headers).end(bytes);
      });
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
});
process.once('SIGTERM', () => process.exit(0));
