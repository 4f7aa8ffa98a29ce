import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chown, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { answering, freePort, unprivileged } from './cluster.ts';

const run = promisify(execFile);

export interface PgBouncer {
  /** The URL of a database behind it, for the URL of that database. */
  url(databaseUrl: string): string;
  remove(): Promise<void>;
}

/** PgBouncer as Debian has it, on a port of its own, with what its configuration leaves at the defaults. */
export async function startPgBouncer(
  databaseUrl: string,
  poolMode: 'session' | 'transaction' | 'statement',
  settings: Readonly<Record<string, string>> = {},
): Promise<PgBouncer> {
  const { hostname, port: target, username } = new URL(databaseUrl);
  const user = await unprivileged();
  const folder = await mkdtemp(join(tmpdir(), 'chorograph-bouncer-'));
  const port = await freePort();
  const lines = Object.entries({
    listen_addr: '127.0.0.1',
    listen_port: String(port),
    unix_socket_dir: '',
    auth_type: 'any',
    pool_mode: poolMode,
    ...settings,
  }).map(([name, value]) => `${name} = ${value}`);
  const database = `* = host=${hostname} port=${target} user=${username || 'postgres'}`;
  const file = join(folder, 'pgbouncer.ini');
  await writeFile(file, ['[databases]', database, '[pgbouncer]', ...lines, ''].join('\n'));
  if (user) for (const path of [folder, file]) await chown(path, user.uid, user.gid);
  const bouncer: ChildProcess = spawn(await binary(), ['-q', file], { ...user, stdio: 'ignore' });
  const url = (wanted: string): string => {
    const through = new URL(wanted);
    through.host = `127.0.0.1:${port}`;
    return through.href;
  };
  const remove = async (): Promise<void> => {
    if (bouncer.exitCode === null) {
      const ended = new Promise((resolve) => bouncer.once('exit', resolve));
      bouncer.kill('SIGTERM');
      await ended;
    }
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await answering(url(databaseUrl));
  } catch (error) {
    await remove();
    throw error;
  }
  return { url, remove };
}

async function binary(): Promise<string> {
  const { stdout } = await run('sh', ['-c', 'PATH="$PATH:/usr/sbin" command -v pgbouncer']);
  return stdout.trim();
}
