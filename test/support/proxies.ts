import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { projectPath } from '../../server/tools/paths.ts';
import { freePort } from './cluster.ts';
import { eventually } from './eventually.ts';

export interface Proxy {
  readonly http: number;
  readonly https: number;
  /** Of the authority that its certificate is to be checked against. */
  readonly ca: string;
  remove(): Promise<void>;
}

/** The name that the examples in `ops/` are written for. */
export const PROXIED_NAME = 'maps.example.org';

const BINARIES = { nginx: '/usr/sbin/nginx', caddy: '/usr/bin/caddy' } as const;
export type ProxyKind = keyof typeof BINARIES;

export const proxyInstalled = (kind: ProxyKind): boolean => existsSync(BINARIES[kind]);

interface Places {
  readonly folder: string;
  readonly http: number;
  readonly https: number;
  /** `127.0.0.1:3000` */
  readonly upstream: string;
}

/** The example of `ops/` as it stands there, but for ports, certificate and folders. */
export async function startProxy(kind: ProxyKind, serverUrl: string): Promise<Proxy> {
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-proxy-'));
  const [http, https] = [await freePort(), await freePort()];
  const ca = await certificate(folder);
  const places = { folder, http, https, upstream: new URL(serverUrl).host };
  const args = await (kind === 'nginx' ? nginx(places) : caddy(places));
  const said: Buffer[] = [];
  const proxy: ChildProcess = spawn(BINARIES[kind], args, {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
  proxy.stderr?.on('data', (chunk: Buffer) => said.push(chunk));
  const remove = async (): Promise<void> => {
    if (proxy.exitCode === null) {
      const ended = new Promise((resolve) => proxy.once('exit', resolve));
      proxy.kill('SIGTERM');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  await eventually(() => {
    if (proxy.exitCode !== null) throw new Error(`${kind} ended: ${Buffer.concat(said).toString()}`);
    return listens(https);
  }, `${kind} listens`);
  return { http, https, ca, remove };
}

async function nginx({ folder, http, https, upstream }: Places): Promise<string[]> {
  const server = adapted(await readFile(projectPath('ops', 'nginx.conf'), 'utf8'), [
    ['server 127.0.0.1:3000;', `server ${upstream};`],
    ['listen 80;', `listen 127.0.0.1:${http};`],
    ['listen 443 ssl http2;', `listen 127.0.0.1:${https} ssl http2;`],
    [`/etc/letsencrypt/live/${PROXIED_NAME}/fullchain.pem`, join(folder, 'cert.pem')],
    [`/etc/letsencrypt/live/${PROXIED_NAME}/privkey.pem`, join(folder, 'key.pem')],
  ]);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  const around = [
    'daemon off;',
    'master_process off;',
    `pid ${folder}/nginx.pid;`,
    'error_log stderr;',
    'events {}',
    'http {',
    'access_log off;',
    ...temporary.map((what) => `${what}_temp_path ${folder}/${what};`),
    server,
    '}',
  ];
  const file = join(folder, 'nginx.conf');
  await writeFile(file, around.join('\n'));
  return ['-e', 'stderr', '-p', folder, '-c', file];
}

async function caddy({ folder, http, https, upstream }: Places): Promise<string[]> {
  const site = adapted(await readFile(projectPath('ops', 'Caddyfile'), 'utf8'), [
    [`\n${PROXIED_NAME} {`, `\n${PROXIED_NAME} {\n\ttls ${folder}/cert.pem ${folder}/key.pem`],
    ['reverse_proxy 127.0.0.1:3000', `reverse_proxy ${upstream}`],
  ]);
  const options = ['admin off', `http_port ${http}`, `https_port ${https}`];
  const file = join(folder, 'Caddyfile');
  await writeFile(file, `{\n${[...options, 'default_bind 127.0.0.1'].join('\n')}\n}\n${site}`);
  return ['run', '--adapter', 'caddyfile', '--config', file];
}

/** @throws Error where the example does not say what is to be replaced: then the test would test another. */
function adapted(text: string, replacements: readonly (readonly [string, string])[]): string {
  return replacements.reduce((result, [before, after]) => {
    if (!result.includes(before)) throw new Error(`the example has no ${before}`);
    return result.replaceAll(before, after);
  }, text);
}

async function certificate(folder: string): Promise<string> {
  const [cert, key] = [join(folder, 'cert.pem'), join(folder, 'key.pem')];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'];
  const name = ['-subj', `/CN=${PROXIED_NAME}`, '-addext', `subjectAltName=DNS:${PROXIED_NAME}`];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...name, '-keyout', key, '-out', cert]);
  return readFile(cert, 'utf8');
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean) => (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.once('connect', end(true)).once('error', end(false));
  });
}
