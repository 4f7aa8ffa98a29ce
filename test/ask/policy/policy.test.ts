import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../../server/config.ts';
import { projectPath } from '../../../server/tools/paths.ts';
import { ConfigError } from '../../../server/settings.ts';
import { loadPolicy, refusalText } from '../../../server/ask/policy/policy.ts';
import { loadModels, ModelList } from '../../../server/ask/gemini/models.ts';
import { languageOf } from '../../../server/ask/pipeline/prompt.ts';
import { policyWith } from '../policies.ts';
import { askServer } from '../support.ts';
import { once } from '../../support/environment.ts';

const text = readFileSync(projectPath('ask.yaml'), 'utf8');

function problemsOf(changed: string): readonly string[] {
  const file = join(mkdtempSync(join(tmpdir(), 'chorograph-policy-')), 'ask.yaml');
  writeFileSync(file, changed);
  try {
    loadPolicy(file);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map((problem) => problem.replace(file, 'ask.yaml'));
  }
  return [];
}

describe('the policy file', () => {
  it('is the policy of the system before this one, and talks of the map that it stands beside', () => {
    const policy = loadPolicy(projectPath('ask.yaml'));
    assert.deepEqual(policy.languages, ['id', 'en']);
    assert.deepEqual(
      policy.topics.map(({ id }) => id),
      [
        'santri',
        'pesantren',
        'nu',
        'aid',
        'poverty',
        'education',
        'dakwah',
        'kitab-kuning',
        'islam',
        'days',
        'map',
        'local-wisdom',
      ],
    );
    assert.deepEqual(
      policy.refused.map(({ id }) => id),
      ['politics', 'religions', 'division'],
    );
    const { question, perMinute } = policy.limits;
    assert.deepEqual([question, perMinute.anonymous, perMinute.keyed], [{ min: 5, max: 1000 }, 30, 60]);
  });

  it('says everything that is wrong with it at once, with where', () => {
    const wrong = text
      .replace('languages: [id, en]', 'languages: [id, xx]')
      .replace('offTopic: all', 'offTopic: all\nunknown: 1')
      .replace("version: '1'", 'limits: { deadlineMs: 1 }\nversion: 1');
    const problems = problemsOf(wrong);
    assert.equal(problems.length, 3);
    for (const expected of [
      /languages\.1: id or en/,
      /limits\.deadlineMs/,
      /the file: Unrecognized key: "unknown"/,
    ])
      assert.ok(
        problems.some((problem) => expected.test(problem)),
        `${expected} in ${problems.join('; ')}`,
      );
  });

  it('refuses phrases that cannot be read, groups that are not there and a file that is not', () => {
    assert.match(
      problemsOf(text.replace('- (vote|voting) for', '- (vote|voting for'))[0] ?? '',
      /is no word/,
    );
    assert.match(
      problemsOf(text.replace('offTopic: all', 'offTopic: [astrology]'))[0] ?? '',
      /there is no group astrology/,
    );
    assert.throws(() => loadPolicy('/nowhere/ask.yaml'), ConfigError);
    assert.match(problemsOf('topics: [')[0] ?? '', /^ask\.yaml: /);
  });

  it('has another edition whenever a word of it changes', () => {
    const file = (changed: string): string => {
      const path = join(mkdtempSync(join(tmpdir(), 'chorograph-policy-')), 'ask.yaml');
      writeFileSync(path, changed);
      return loadPolicy(path).edition;
    };
    assert.equal(file(text), file(text));
    assert.notEqual(file(text), file(text.replace('gotong royong', 'gotong-royong')));
  });

  it('refuses in the language of the question, naming its topics', () => {
    const policy = loadPolicy(projectPath('ask.yaml'));
    assert.match(
      refusalText(policy, 'refused', { language: 'en', topic: 'politics' }),
      /do not discuss practical politics\. .+ santri and their life, /,
    );
    assert.match(refusalText(policy, 'off_topic', { language: 'id' }), /^Maaf, .+, dan kearifan lokal\./);
    assert.equal(languageOf('Apa itu pesantren?', policy), 'id');
    assert.equal(languageOf('What is a pesantren?', policy), 'en');
    assert.equal(languageOf('pesantren', policy), 'id');
  });
});

describe('models', () => {
  const models = loadModels();
  it('are dated configuration: prices, what each takes, which are going', () => {
    assert.match(models.read, /^2026-\d\d-\d\d$/);
    // 1000 new and 1000 cached tokens in, 1000 out, in millionths of a dollar.
    assert.equal(
      models.cost('gemini-3.5-flash-lite', { input: 2000, cached: 1000, output: 1000 }),
      300 + 30 + 2500,
    );
    assert.equal(models.warning('gemini-3.5-flash-lite'), undefined);
    assert.match(models.warning('gemini-2.0-flash') ?? '', /no longer answers/);
    assert.match(models.warning('gemini-2.5-flash') ?? '', /going to end/);
    assert.match(models.warning('gemini-9') ?? '', /dearest/);
    const dearest = models.cost('gemini-9', { input: 1e6, cached: 0, output: 1e6 });
    assert.ok(dearest >= models.cost('gemini-3.1-pro-preview', { input: 1e6, cached: 0, output: 1e6 }));
  });

  it('tell of an end that is near', () => {
    const usd = { input: 1, cached: 1, output: 1 };
    const list = new ModelList({
      read: '2026-10-07',
      models: { m: { temperature: false, usd, ends: '2027-01-31' } },
      gone: [],
      ending: [],
    });
    assert.equal(list.warning('m', new Date('2026-10-01')), undefined);
    assert.equal(list.warning('m', new Date('2027-01-01')), 'm ends on 2027-01-31');
    assert.match(list.warning('m', new Date('2027-02-02')) ?? '', /ended/);
  });

  it('are never named by an alias', () => {
    assert.throws(() => readConfig({ GEMINI_MODEL: 'gemini-flash-latest' }), /not an alias/);
    assert.throws(
      () => readConfig({ GEMINI_API_KEY: 'short' }),
      (error: Error) => !error.message.includes('short'),
    );
  });
});

once('the policy of another organization', function () {
  it('makes another assistant, without another line of code', async () => {
    const { server, ask } = await askServer({}, policyWith({}, 'data/ask/us-demo.yaml'));
    const unemployed = await ask('What was the unemployment rate in Autauga County, Alabama?');
    assert.equal(unemployed.status, 200);
    assert.match(unemployed.body.data!.answer, /Autauga: 9[.,]7%/);
    assert.deepEqual(
      unemployed.body.data!.sources.map(({ choropleth, region }) => [choropleth, region]),
      [['us-unemployment', '01001']],
    );
    const airports = await ask('Which state has the most airports?');
    assert.equal(airports.body.data!.refused, false);
    assert.equal(airports.body.data!.sources[0]?.choropleth, 'us-points');
    const other = await ask('Apa itu pesantren?');
    assert.deepEqual([other.body.data!.refused, other.body.data!.reason], [true, 'off_topic']);
    assert.match(other.body.data!.answer, /pengangguran per county/);
    const { body } = await server.api.get('/gemini/health').expect(200);
    assert.match(JSON.stringify(body), /Which state has the most airports/);
  });
});
