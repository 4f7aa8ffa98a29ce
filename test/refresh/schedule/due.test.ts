import assert from 'node:assert/strict';
import { mock } from 'node:test';
import fc from 'fast-check';
import cron from 'node-cron';
import { Clock } from '../../../server/refresh/schedule/clock.ts';
import { DueTimes } from '../../../server/refresh/schedule/due.ts';

const MINUTE = 60_000;

/** Days on which clocks change, in UTC: by an hour at two, by an hour at midnight, by half an hour at two. */
const CHANGES = {
  'Europe/Berlin': { spring: '2026-03-29T01:00Z', autumn: '2026-10-25T01:00Z' },
  'America/Santiago': { spring: '2026-09-06T04:00Z', autumn: '2026-04-05T03:00Z' },
  'Australia/Lord_Howe': { spring: '2026-10-03T15:30Z', autumn: '2026-04-04T15:00Z' },
} as const;

interface Row {
  zone: keyof typeof CHANGES;
  cron: string;
  season: 'spring' | 'autumn';
  /** Due from four hours before the change to four after, in minutes from the change. */
  due: number[];
}

const TABLE: Row[] = [
  // Berlin: 02:00 to 03:00 is skipped, and comes twice in autumn.
  { zone: 'Europe/Berlin', season: 'spring', cron: '30 2 * * *', due: [0] },
  { zone: 'Europe/Berlin', season: 'spring', cron: '*/15 2 * * *', due: [0] },
  { zone: 'Europe/Berlin', season: 'spring', cron: '0 2,3 * * *', due: [0] },
  { zone: 'Europe/Berlin', season: 'spring', cron: '0 1,3 * * *', due: [-60, 0] },
  {
    zone: 'Europe/Berlin',
    season: 'spring',
    cron: '40 * * * *',
    due: [-200, -140, -80, -20, 0, 40, 100, 160, 220],
  },
  { zone: 'Europe/Berlin', season: 'autumn', cron: '30 2 * * *', due: [-30] },
  { zone: 'Europe/Berlin', season: 'autumn', cron: '0,30 1-3 * * *', due: [-120, -90, -60, -30, 60, 90] },
  {
    zone: 'Europe/Berlin',
    season: 'autumn',
    cron: '30 * * * *',
    due: [-210, -150, -90, -30, 30, 90, 150, 210],
  },
  { zone: 'Europe/Berlin', season: 'autumn', cron: '0 */2 * * *', due: [-180, -60, 0, 120, 240] },
  { zone: 'Europe/Berlin', season: 'autumn', cron: '0 3 * * *', due: [60] },
  // Santiago: midnight to 01:00 is skipped; 23:00 to midnight comes twice in autumn.
  { zone: 'America/Santiago', season: 'spring', cron: '0 0 * * *', due: [0] },
  { zone: 'America/Santiago', season: 'spring', cron: '@daily', due: [0] },
  { zone: 'America/Santiago', season: 'spring', cron: '30 0 6 * *', due: [0] },
  { zone: 'America/Santiago', season: 'autumn', cron: '0 0 * * *', due: [60] },
  { zone: 'America/Santiago', season: 'autumn', cron: '15 23 4 4 *', due: [-45] },
  { zone: 'America/Santiago', season: 'autumn', cron: '*/30 23 * * *', due: [-60, -30, 0, 30] },
  // Lord Howe: 02:00 to 02:30 is skipped; 01:30 to 02:00 comes twice in autumn.
  { zone: 'Australia/Lord_Howe', season: 'spring', cron: '10 2 * * *', due: [0] },
  { zone: 'Australia/Lord_Howe', season: 'spring', cron: '40 2 * * *', due: [10] },
  { zone: 'Australia/Lord_Howe', season: 'autumn', cron: '45 1 * * *', due: [-15] },
  { zone: 'Australia/Lord_Howe', season: 'autumn', cron: '*/20 1 * * *', due: [-60, -40, -20, 10] },
  {
    zone: 'Australia/Lord_Howe',
    season: 'autumn',
    cron: '@hourly',
    due: [-240, -180, -120, -60, 30, 90, 150, 210],
  },
];

describe('when a schedule is due', () => {
  const HOURS = 240;

  for (const { zone, season, cron: expression, due } of TABLE) {
    it(`${expression} in the ${season} of ${zone}`, () => {
      const change = Date.parse(CHANGES[zone][season]);
      const times = dueBetween(expression, zone, change - (HOURS + 1) * MINUTE, change + HOURS * MINUTE);
      assert.deepEqual(
        times.map((at) => (at - change) / MINUTE).filter((minutes) => minutes >= -HOURS),
        due,
      );
    });
  }

  it('is what going through every minute finds, around every change', () => {
    const field = (max: number) =>
      fc.oneof(
        fc.constantFrom('*', '*/2', '*/7', '*/15'),
        fc.integer({ min: 0, max }).map(String),
        fc
          .tuple(fc.integer({ min: 0, max }), fc.integer({ min: 0, max }))
          .map((pair) => pair.sort((a, b) => a - b).join('-')),
      );
    const expressions = fc.tuple(field(59), field(23), fc.constantFrom('*', '1-15', 'L', '4,5,6,25,29'));
    const places = fc.constantFrom(...(Object.keys(CHANGES) as (keyof typeof CHANGES)[]));
    fc.assert(
      fc.property(
        expressions,
        places,
        fc.constantFrom('spring', 'autumn'),
        ([minute, hour, day], zone, season) => {
          const expression = `${minute} ${hour} ${day} * *`;
          const change = Date.parse(CHANGES[zone][season as 'spring']);
          const [from, to] = [change - 1500 * MINUTE, change + 1500 * MINUTE];
          assert.deepEqual(
            dueBetween(expression, zone, from, to),
            foundByTrying(expression, zone, from, to),
            `${expression} in ${zone}, ${season}`,
          );
        },
      ),
      { numRuns: 120 },
    );
  });

  it('does not depend on when one asks', () => {
    const times = new DueTimes('30 2 * * *', 'Europe/Berlin');
    const [first, next] = ['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'];
    for (const [from, due] of [
      ['2026-10-24T00:31Z', first],
      ['2026-10-25T00:29:59Z', first],
      ['2026-10-25T00:30Z', next],
      ['2026-10-25T00:59Z', next],
      // In the second pass of the hour.
      ['2026-10-25T01:10Z', next],
      ['2026-10-25T01:30Z', next],
    ] as const)
      assert.equal(times.after(new Date(from))?.toISOString(), due, from);
  });

  it('is told by the second, and years ahead', () => {
    const from = new Date('2026-02-28T23:59:58.700Z');
    assert.equal(new DueTimes('* * * * * *', 'UTC').after(from)?.toISOString(), '2026-02-28T23:59:59.000Z');
    assert.equal(new DueTimes('0 0 29 2 *', 'UTC').after(from)?.toISOString(), '2028-02-29T00:00:00.000Z');
    assert.equal(new DueTimes('0 0 L-30 2 *', 'UTC').after(from), undefined);
  });
});

describe('the clock of schedules', () => {
  afterEach(() => mock.timers.reset());

  for (const [zone, seasons] of Object.entries(CHANGES)) {
    for (const [season, change] of Object.entries(seasons)) {
      it(`rings through the ${season} of ${zone}, each time once`, async () => {
        const [from, to] = [Date.parse(change) - 300 * MINUTE, Date.parse(change) + 300 * MINUTE];
        mock.timers.enable({ apis: ['setTimeout', 'Date'], now: from + 1 });
        const expressions = ['*/15 * * * *', '30 2 * * *', '0 0 * * *', '45 1 * * *', '15 23 * * *'];
        const rung = new Map<string, number[]>(expressions.map((expression) => [expression, []]));
        const clock = new Clock(
          expressions.map((expression) => ({
            cron: expression,
            timezone: zone,
            ring: (due: Date) => {
              assert.ok(Date.now() - due.getTime() < MINUTE, 'late');
              rung.get(expression)!.push(due.getTime());
            },
          })),
        );
        for (let now = from; now < to; now += MINUTE / 2) {
          mock.timers.tick(MINUTE / 2);
          await Promise.resolve();
          await new Promise((resolve) => setImmediate(resolve));
        }
        await clock.stop();
        for (const expression of expressions)
          assert.deepEqual(rung.get(expression), dueBetween(expression, zone, from, to), expression);
        assert.ok(rung.get('*/15 * * * *')!.length >= 40);
      });
    }
  }

  it('rings once for what was missed while the machine slept', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-06-01T12:00:10Z') });
    const rung: string[] = [];
    const clock = new Clock([
      { cron: '*/5 * * * *', timezone: 'UTC', ring: (due) => void rung.push(due.toISOString()) },
    ]);
    mock.timers.setTime(Date.parse('2026-06-01T15:02:10Z'));
    for (let i = 0; i < 8; i++) {
      mock.timers.tick(MINUTE / 2);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.stop();
    assert.deepEqual(rung, ['2026-06-01T12:05:00.000Z', '2026-06-01T15:05:00.000Z']);
  });

  it('waits up to the jitter, but not after it was stopped', async () => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'], now: Date.parse('2026-06-01T12:00:10Z') });
    let rung = 0;
    const clock = new Clock([
      { cron: '* * * * *', timezone: 'UTC', jitter: 50_000, ring: () => void rung++ },
    ]);
    for (let i = 0; i < 10 * 60; i++) {
      mock.timers.tick(1_000);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(rung >= 9 && rung <= 10, `${rung}`);
    mock.timers.tick(50_000);
    await clock.stop();
    const before = rung;
    mock.timers.tick(10 * MINUTE);
    assert.equal(rung, before);
  });
});

function dueBetween(expression: string, zone: string, from: number, to: number): number[] {
  const times = new DueTimes(expression, zone);
  const due: number[] = [];
  for (let at = times.after(new Date(from)); at && at.getTime() <= to; at = times.after(at))
    due.push(at.getTime());
  return due;
}

/** Goes through every minute with the clock on the wall in view. */
function foundByTrying(expression: string, zone: string, from: number, to: number): number[] {
  const task = cron.createTask(expression, () => {}, { timezone: 'UTC' });
  const [minute = '', hour = ''] = expression.split(' ');
  const isInterval = minute.startsWith('*') || hour.startsWith('*') || minute === '0-59' || hour === '0-23';
  const { minute: minutes, hour: hours } = cron.parse(expression);
  // Matching takes long, and most minutes are none of those.
  const matches = (wall: number): boolean => {
    const date = new Date(wall);
    return minutes.includes(date.getUTCMinutes()) && hours.includes(date.getUTCHours()) && task.match(date);
  };
  const found: number[] = [];
  const seen = new Set<number>();
  const start = from - 180 * MINUTE;
  let last = NaN;
  for (const [passed, wall] of onTheWall(zone, start, to).entries()) {
    let isDue = matches(wall) && (isInterval || !seen.has(wall));
    for (let skipped = last + MINUTE; skipped < wall; skipped += MINUTE) isDue ||= matches(skipped);
    seen.add(wall);
    last = wall;
    const at = start + passed * MINUTE;
    if (isDue && at > from) found.push(at);
  }
  return found;
}

const walls = new Map<string, readonly number[]>();

/** What a clock on the wall shows at each minute, as if it showed UTC: writing times takes longer than all else here. */
function onTheWall(zone: string, from: number, to: number): readonly number[] {
  const key = `${zone} ${from} ${to}`;
  const known = walls.get(key);
  if (known) return known;
  const format = new Intl.DateTimeFormat('sv-SE', {
    timeZone: zone,
    dateStyle: 'short',
    timeStyle: 'medium',
  });
  const shown: number[] = [];
  for (let at = from; at <= to; at += MINUTE)
    shown.push(Date.parse(`${format.format(at).replace(' ', 'T')}Z`));
  walls.set(key, shown);
  return shown;
}
