import { request, type IncomingHttpHeaders } from 'node:http';

export interface Raw {
  status: number;
  /** Names as sent, in their order, with their values. */
  headers: string[];
  body: Buffer;
}

/** Differ from one answer to the next whoever gives it. */
const OWN = new Set(['date', 'x-request-id']);

/** An answer as it was sent: headers in their order, but for values that differ every time. */
export function ask(
  server: { url: string },
  path: string,
  method: string,
  headers: IncomingHttpHeaders = {},
): Promise<Raw> {
  return new Promise((resolve, reject) => {
    const sent = request(server.url + path, { method, headers, agent: false }, (res) => {
      const chunks: Buffer[] = [];
      res.on('data', (chunk: Buffer) => chunks.push(chunk));
      res.on('end', () => {
        const pairs: string[] = [];
        for (let i = 0; i < res.rawHeaders.length; i += 2) {
          const [name = '', value = ''] = res.rawHeaders.slice(i, i + 2);
          pairs.push(OWN.has(name.toLowerCase()) ? name : `${name}: ${value}`);
        }
        resolve({ status: res.statusCode ?? 0, headers: pairs, body: Buffer.concat(chunks) });
      });
    });
    sent.on('error', reject);
    sent.end();
  });
}
