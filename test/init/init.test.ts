import assert from 'node:assert/strict';
import { Command } from 'commander';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TableLayer } from '../../server/catalog/types.ts';
import { RESERVED } from '../../server/choropleth/public.ts';
import { proposeMaps, type Proposal } from '../../server/init/init.ts';
import { MapsFile } from '../../server/maps/file.ts';
import { initCommand } from '../../server/init/command.ts';
import { readMaps } from '../../server/maps.ts';
import { chorograph, onTerminal } from '../cli/support.ts';
import {
  newDatabase,
  newServer,
  onPostgres,
  once,
  serve,
  untilFileEnds,
  withDatabase,
  type TestServer,
} from '../support/environment.ts';
import { eventuallyPasses } from '../support/eventually.ts';
import { statement } from '../../server/db/sql.ts';
import { COUNTIES, COUNTRIES, PARENTS, STUDENTS } from './databases.ts';

/** Gone when the tests of the file are over. */
function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'chorograph-init-'));
  untilFileEnds.push(async () => rmSync(folder, { recursive: true }));
  return folder;
}

once('the proposal of a maps.yaml', () => {
  let server: TestServer;
  let mapsFile: string;

  before(async () => {
    mapsFile = join(newFolder(), 'maps.yaml');
    writeFileSync(mapsFile, '');
    const sql = `${COUNTRIES}${COUNTIES}${STUDENTS}${PARENTS}create schema nothing`;
    server = await newServer({ sql, maps: new MapsFile(mapsFile, readMaps) }, untilFileEnds);
  });

  const propose = (schema: string): Promise<Proposal> => {
    const layers = server.ctx.catalog.all().filter((layer): layer is TableLayer => layer.type === 'table');
    const ofSchema = layers.filter((layer) => layer.schema === schema);
    return proposeMaps(server.ctx.db, {
      ...{ layers: ofSchema, schemas: [schema], reserved: RESERVED },
      progress: () => {},
    });
  };

  /** Serves what was proposed, and holds the values of a choropleth against those of a query. */
  async function shows({ maps }: Pick<Proposal, 'maps'>, path: string, query: string): Promise<void> {
    assert.ok(maps !== undefined);
    writeFileSync(mapsFile, maps);
    const expected = await server.run<{ code: string; value: number }>(query);
    assert.ok(expected.length > 1);
    await eventuallyPasses(async () => {
      const { body } = await server.api.get(`/gis/choropleth/${path}`).expect(200);
      const features = (body as { features: { properties: { code: string; value: number | null } }[] })
        .features;
      const shown = features.flatMap(({ properties: { code, value } }) =>
        value === null ? [] : [{ code, value }],
      );
      const byCode = (a: { code: string }, b: { code: string }): number => (a.code < b.code ? -1 : 1);
      assert.deepEqual(shown.sort(byCode), expected.sort(byCode));
    });
  }

  it('finds countries by the code that the figures use, and figures by year', async () => {
    const proposal = await propose('ne');
    assert.deepEqual(proposal.regions, ['countries']);
    const { regions, choropleths } = readMaps(proposal.maps!);
    assert.deepEqual([regions.countries?.code, regions.countries?.name], ['adm0_a3', 'name']);
    const { cube, metrics, denominators } = choropleths.indicators!;
    assert.deepEqual([cube.region, cube.time, cube.dimensions], ['iso3', 'year', [{ column: 'year' }]]);
    assert.deepEqual(metrics.cases, { sum: 'cases', label: 'Cases' });
    assert.deepEqual(metrics.life_expectancy, { value: 'life_expectancy', label: 'Life expectancy' });
    assert.deepEqual(denominators, ['population', 'pop_est']);
    assert.match(
      proposal.maps!,
      /region: iso3 # 5 of 6 regions have figures; 1 of 6 values are no code of one \(WLD\)/,
    );
    await shows(
      proposal,
      'indicators?metric=cases_of_population&year=2022',
      `select iso3 as code, cases::float8 / population * 100 as value from ne.indicators where year = 2022 and iso3 <> 'WLD'`,
    );
  });

  it('finds counties by codes that are text, their states, and facts by year and industry', async () => {
    const proposal = await propose('us');
    const { regions, choropleths } = readMaps(proposal.maps!);
    assert.equal(regions.counties?.code, 'geoid');
    assert.deepEqual(regions.counties?.parent, { set: 'states', column: 'statefp' });
    assert.deepEqual(
      choropleths.employment?.cube.dimensions.map(({ column }) => column),
      ['year', 'industry'],
    );
    assert.ok(
      proposal.remedies.some(
        ({ statement }) => statement === 'create unique index on "us"."counties" ("geoid");',
      ),
    );
    assert.match(
      proposal.maps!,
      /us\.numbers: 3 of 4 values of fips would be codes of us\.counties .* lpad\(fips::text, 5, '0'\)/,
    );
    await shows(
      proposal,
      'employment?metric=employed&year=2023&industry=mining',
      `select fips as code, employed::float8 as value from us.employment where year = 2023 and industry = 'mining' and fips !~ '000$'`,
    );
    await shows(
      proposal,
      'employment?metric=payroll&level=states',
      `select left(fips, 2) as code, sum(payroll)::float8 as value from us.employment where fips !~ '000$' group by 1`,
    );
  });

  it('finds regencies by name, those above them, and says which names are not theirs', async () => {
    const proposal = await propose('programme');
    const { regions, choropleths } = readMaps(proposal.maps!);
    assert.deepEqual(regions.kabupaten?.parent, { set: 'provinsi', column: 'name_1' });
    const stats = choropleths.mv_santri_stats_kabupaten!;
    assert.deepEqual(stats.cube.dimensions, []);
    assert.deepEqual(stats.metrics.avg_skor, { value: 'avg_skor', label: 'Avg skor' });
    assert.match(
      proposal.maps!,
      /5 of 6 regions have figures; 1 of 6 values are no code of one \(Kab\. Garut\)/,
    );
    const index = 'create unique index on "programme"."mv_santri_stats_kabupaten" ("kabupaten");';
    assert.ok(proposal.remedies.some(({ statement }) => statement === index));
    await shows(
      proposal,
      'mv_santri_stats_kabupaten?metric=miskin_of_total_santri',
      `select kabupaten as code, miskin::float8 / total_santri * 100 as value
        from programme.mv_santri_stats_kabupaten where kabupaten <> 'Kab. Garut'`,
    );
  });

  it('counts what has nothing to add up by a view, which is a choropleth once it is made', async () => {
    const { maps, remedies } = await propose('programme');
    const { statement: text } = remedies.find(({ statement }) => statement.includes('create materialized'))!;
    for (const one of text.split('\n')) await server.run(one);
    const [live, later] = maps!.split(/^# After the statements.*\n/m) as [string, string];
    const entry = later.slice(0, later.indexOf('\n\n')).replaceAll(/^# /gm, '');
    await shows(
      { maps: `${live.trimEnd()}\n${entry}\n` },
      'santri_map?metric=n&kategori_kemiskinan=Miskin',
      `select kabupaten as code, count(*)::float8 as value from programme.santri_map
        where kabupaten <> 'Kab. Garut' and kategori_kemiskinan = 'Miskin' group by 1`,
    );
  });

  it('finds what lies within what, by codes that begin alike and by place, and how to say so', async () => {
    const { remedies, maps } = await propose('lands');
    const made = remedies.filter(({ statement }) => statement.includes('parent_code'));
    assert.equal(made.length, 2, maps);
    for (const { statement: text } of made) for (const one of text.split('\n')) await server.run(one);
    const rows = await server.run(
      `select code, parent_code from lands.inside union all select code, parent_code from lands.begins order by code`,
    );
    const expected = [
      ...['A0', 'A2', 'A4', 'B1', 'B3', 'B5'].map((code) => ({ code, parent_code: code[0] })),
      ...[0, 1, 2, 3, 4, 5, 6, 7].map((i) => ({ code: `x${i}`, parent_code: i < 4 ? 'A' : 'B' })),
    ];
    assert.deepEqual(rows, expected);
  });

  it('says why, on every line', async () => {
    for (const schema of ['ne', 'us', 'programme', 'lands']) {
      const { maps } = await propose(schema);
      for (const line of maps!.split('\n').filter((text) => text !== '')) assert.match(line, /# ?./, line);
    }
  });

  it('says so where there is nothing to map', async () => {
    const { maps, notes } = await propose('nothing');
    assert.equal(maps, undefined);
    assert.match(notes.join(), /no table that this role may read: a map needs regions first/);
  });
});

onPostgres('chorograph init', function () {
  it('writes a file that a server starts with, and asks nothing', async () => {
    const [bare, environment] = await Promise.all([newDatabase(), newDatabase()]);
    const file = join(newFolder(), 'maps.yaml');
    await withDatabase(environment, (db) => db.run(statement(COUNTRIES)));
    const [empty, written] = await Promise.all([
      chorograph(['init'], bare),
      chorograph(['init', '--out', file], environment),
    ]);
    assert.equal(empty.code, 2, empty.error);
    assert.match(empty.out, /a map needs regions first/);
    assert.equal(written.code, 0, written.error);
    assert.match(written.out, /Region sets: 1, choropleths: 1; written to/);
    // Where editors find what may stand in it.
    assert.match(
      readFileSync(file, 'utf8'),
      /^# yaml-language-server: \$schema=http:\S+\/schemas\/maps\.json\n/,
    );
    const server = await serve(
      { ...environment, PORT: '0', CHOROGRAPH_DEMO: 'false', CHOROGRAPH_SCHEDULE: 'false' },
      { maps: readFileSync(file, 'utf8') },
    );
    await server.api.get('/gis/choropleth/indicators/classes.json?year=2021').expect(200);
    const { body } = await server.api.get('/health').expect(200);
    assert.equal((body as { status: string }).status, 'ok');
  });

  it('asks on a terminal, and writes when that is agreed to', async () => {
    const environment = await newDatabase();
    await withDatabase(environment, (db) => db.run(statement(COUNTRIES)));
    const folder = newFolder();
    const [agreed, refused] = [join(folder, 'agreed.yaml'), join(folder, 'refused.yaml')];
    const [yes, no] = await Promise.all([
      onTerminal(['init'], { ...environment, CHOROGRAPH_MAPS: agreed }, 'y'),
      onTerminal(['init'], { ...environment, CHOROGRAPH_MAPS: refused }, ''),
    ]);
    assert.match(yes, /Write this to \S+agreed\.yaml\? \[y\/N\] [\s\S]*written to \S+agreed\.yaml/);
    assert.match(readFileSync(agreed, 'utf8'), /^choropleths:/m);
    assert.match(no, /Write this to \S+refused\.yaml\?/);
    assert.doesNotMatch(no, /written to/);
    assert.ok(!existsSync(refused));
  });
});

once('chorograph init --out', () => {
  it('overwrites nothing, before it looks at any database', async () => {
    const kept = join(newFolder(), 'kept.yaml');
    writeFileSync(kept, '# mine\n');
    const parser = new Command().exitOverride();
    initCommand.declare(parser, {} as Parameters<typeof initCommand.declare>[1]);
    await assert.rejects(
      parser.parseAsync(['--out', kept], { from: 'user' }),
      /is there already; --force writes over it/,
    );
    assert.equal(readFileSync(kept, 'utf8'), '# mine\n');
  });
});
