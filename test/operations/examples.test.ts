import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { projectPath } from '../../server/tools/paths.ts';
import { demoServer } from '../support/environment.ts';

const run = promisify(execFile);

interface Rule {
  alert: string;
  expr: string;
  labels: { severity: string };
  annotations: { summary: string };
}
interface Panel {
  id: number;
  title: string;
  gridPos: { x: number; y: number };
  targets: { expr: string }[];
}

const example = (name: string): Promise<string> => readFile(projectPath('ops', name), 'utf8');
const isThere = (tool: string): boolean => spawnSync(tool, ['--version']).error === undefined;

async function rules(): Promise<Rule[]> {
  const { groups } = parse(await example('prometheus-alerts.yml')) as { groups: { rules: Rule[] }[] };
  return groups.flatMap((group) => group.rules);
}
const panels = async (): Promise<Panel[]> =>
  (JSON.parse(await example('grafana-dashboard.json')) as { panels: Panel[] }).panels;

/** Metrics that an expression asks for, with the labels that it chooses or groups by. */
function asked(expr: string): { metrics: string[]; labels: string[] } {
  const chosen = [...expr.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"/g)].map(([, label]) => label ?? '');
  const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = '']) => list.split(/,\s*/));
  const metrics = expr.match(/\b(chorograph|process|nodejs)_\w+/g) ?? [];
  return { metrics: metrics.map((name) => name.replace(/_bucket$/, '')), labels: [...chosen, ...grouped] };
}

describe('the examples of ops/', () => {
  it('ask for metrics and labels that a running server has, or has in a cluster or with Redis', async () => {
    const { text } = await (await demoServer()).api.get('/metrics').expect(200);
    const served = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
    const docs = (await readFile(projectPath('docs', 'metrics.md'), 'utf8')).split('\n');
    const rowOf = (metric: string): string => docs.find((line) => line.startsWith(`| \`${metric}\``)) ?? '';
    const expressions = [
      ...(await rules()).map(({ expr }) => expr),
      ...(await panels()).flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ];
    assert.ok(expressions.length > 40);
    for (const expr of expressions) {
      const { metrics, labels } = asked(expr);
      assert.ok(metrics.length > 0 || expr.startsWith('up'), expr);
      for (const metric of metrics) {
        const isElsewhere = /^chorograph_(worker|shared_cache)/.test(metric) && rowOf(metric) !== '';
        assert.ok(served.has(metric) || isElsewhere, `nothing tells ${metric}: ${expr}`);
      }
      const known = [
        'instance',
        'job',
        'le',
        ...metrics.flatMap((metric) => rowOf(metric).match(/\w+/g) ?? []),
      ];
      for (const label of labels) assert.ok(known.includes(label), `no label ${label}: ${expr}`);
    }
  });

  it('say what each alert is, and give each panel a place of its own', async () => {
    const all = await rules();
    assert.equal(new Set(all.map(({ alert }) => alert)).size, all.length);
    for (const { alert, labels, annotations } of all) {
      assert.match(labels.severity, /^(page|ticket|info)$/, alert);
      assert.ok(annotations.summary.length > 10, alert);
    }
    const shown = await panels();
    assert.equal(new Set(shown.map(({ id }) => id)).size, shown.length);
    assert.equal(new Set(shown.map(({ gridPos: { x, y } }) => `${x} ${y}`)).size, shown.length);
  });

  it('are what promtool, systemd and logrotate take, where those are', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'chorograph-ops-'));
    const adapted = async (name: string, text: string): Promise<string> => {
      const file = join(folder, name);
      await writeFile(file, text, { mode: 0o644 });
      return file;
    };
    try {
      if (isThere('promtool')) {
        const file = projectPath('ops', 'prometheus-alerts.yml');
        await run('promtool', ['check', 'rules', file]);
        const text = await readFile(projectPath('test', 'operations', 'alerts.promtool.yml'), 'utf8');
        await run('promtool', ['test', 'rules', await adapted('alerts.yml', text.replace('RULES', file))]);
      }
      const unit = (await example('chorograph.service')).replace('/usr/bin/node', process.execPath);
      const [, main = ''] = /^ExecStart=\S+ (\S+)$/m.exec(unit) ?? [];
      const { scripts } = JSON.parse(await readFile(projectPath('package.json'), 'utf8')) as {
        scripts: { start: string };
      };
      assert.equal(scripts.start, `node ${main}`);
      if (isThere('systemd-analyze')) {
        const file = await adapted('chorograph.service', unit);
        const { stderr } = await run('systemd-analyze', ['verify', file]);
        assert.doesNotMatch(stderr, /chorograph\.service/); // it ends with 0 for keys that it does not know
      }
      if (isThere('logrotate')) await rotates(folder, adapted);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

/** Rotates a log that is being written to: no line is lost, and what comes later is in the new one. */
async function rotates(
  folder: string,
  adapted: (name: string, text: string) => Promise<string>,
): Promise<void> {
  const text = await example('logrotate.conf');
  assert.ok(text.includes('/var/log/chorograph/*.log'));
  const config = await adapted('rotate.conf', text.replaceAll('/var/log/chorograph', folder));
  const log = join(folder, 'chorograph.log');
  const rotate = () => run('logrotate', ['--force', '--state', join(folder, 'state'), config]);
  await appendFile(log, 'first\n', { mode: 0o644 });
  await rotate();
  await appendFile(log, 'second\n');
  await rotate();
  await appendFile(log, 'third\n');
  const files = (await readdir(folder)).filter((name) => name.startsWith('chorograph.log')).sort();
  assert.deepEqual(files, ['chorograph.log', 'chorograph.log.1', 'chorograph.log.2.gz']);
  assert.equal(await readFile(log, 'utf8'), 'third\n');
  assert.equal(await readFile(`${log}.1`, 'utf8'), 'second\n');
}
