import assert from 'node:assert/strict';
import { once as happened } from 'node:events';
import { createServer as createHttpServer, type IncomingHttpHeaders } from 'node:http';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { signatureOf } from '../../../server/audit/alerts/webhook.ts';
import { record } from '../../../server/audit/writing/record.ts';
import { newServer, serve, type TestServer } from '../../support/environment.ts';
import { eventually } from '../../support/eventually.ts';

const SECRET = 'the-secret-of-the-webhook';

interface Call {
  headers: IncomingHttpHeaders;
  body: string;
}

/** A webhook that is out of order at first. */
function webhook(failures: number): { calls: Call[]; server: Server } {
  const calls: Call[] = [];
  const server = createHttpServer((req, res) => {
    const parts: Buffer[] = [];
    req.on('data', (part: Buffer) => parts.push(part));
    req.on('end', () => {
      calls.push({ headers: req.headers, body: Buffer.concat(parts).toString() });
      res.writeHead(calls.length <= failures ? 503 : 204).end();
    });
  });
  return { calls, server };
}

/** Speaks as much SMTP as takes a letter. */
function mailServer(): { letters: string[]; server: Server } {
  const letters: string[] = [];
  const server = createServer((socket: Socket) => {
    let isLetter = false;
    let text = '';
    socket.write('220 here\r\n');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      text += chunk.toString();
      for (let end = text.indexOf('\r\n'); end >= 0; end = text.indexOf('\r\n')) {
        if (isLetter) {
          const last = text.indexOf('\r\n.\r\n');
          if (last < 0) return;
          letters.push(text.slice(0, last));
          text = text.slice(last + 5);
          isLetter = false;
          socket.write('250 taken\r\n');
          continue;
        }
        const word = text.slice(0, 4).toUpperCase();
        text = text.slice(end + 2);
        isLetter = word === 'DATA';
        socket.write(word === 'DATA' ? '354 go on\r\n' : word === 'QUIT' ? '221 bye\r\n' : '250 good\r\n');
      }
    });
  });
  return { letters, server };
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await happened(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe('alerts of the audit log', function () {
  const hook = webhook(2);
  const mail = mailServer();
  let servers: TestServer[];
  before(async () => {
    const environment = {
      CHOROGRAPH_AUDIT_ALERTS: 'error>=3/10m,critical>=100/10m',
      CHOROGRAPH_AUDIT_WEBHOOK_URL: `http://127.0.0.1:${await listening(hook.server)}/hook`,
      CHOROGRAPH_AUDIT_WEBHOOK_SECRET: SECRET,
      CHOROGRAPH_AUDIT_MAIL_URL: `smtp://127.0.0.1:${await listening(mail.server)}`,
      CHOROGRAPH_AUDIT_MAIL_TO: 'operator@example.org',
    };
    const first = await newServer({ environment });
    servers = [first];
    // Two instances over one database; the embedded one has one.
    if (first.ctx.db.kind === 'postgres') servers.push(await serve(first.environment));
  });
  after(() => {
    hook.server.close();
    mail.server.close();
  });
  const look = () => Promise.all(servers.map(({ ctx }) => ctx.auditAlerts.look()));

  it('are given once, signed, by every way, and again where they were not taken', async () => {
    const event = { severity: 'error', action: 'test.failed', actor: 'server', outcome: 'failed' } as const;
    const db = servers[0]?.ctx.db;
    assert.ok(db);
    await record(db, event, event);
    await look();
    assert.deepEqual([hook.calls.length, mail.letters.length], [0, 0]);
    await record(db, event);
    for (let i = 0; i < 3; i++) await look();
    await eventually(() => hook.calls.length >= 3 && mail.letters.length >= 1);
    assert.equal(hook.calls.length, 3);
    for (const { headers, body } of hook.calls) {
      const { at, ...told } = JSON.parse(body) as { at: string };
      assert.ok(Math.abs(Date.parse(at) - Date.now()) < 600_000);
      const rule = { rule: 'error>=3/10m', severity: 'error', count: 3, windowSeconds: 600 };
      assert.deepEqual(told, { type: 'audit.alert', ...rule });
      const time = String(headers['x-chorograph-time']);
      assert.equal(headers['x-chorograph-signature'], signatureOf(SECRET, time, body));
      assert.notEqual(headers['x-chorograph-signature'], signatureOf(SECRET, time, `${body} `));
    }
    assert.equal(mail.letters.length, 1);
    assert.match(mail.letters[0] ?? '', /Subject: Chorograph: 3 audit events of severity error/);
    assert.match(mail.letters[0] ?? '', /To: operator@example\.org/);
  });
});
