import assert from 'node:assert/strict';
import { AggregatorRegistry, Counter, Histogram, Registry } from 'prom-client';
import { Tally, Times } from '../../server/observe/tally.ts';

const BOUNDS = [0.001, 0.01, 0.1];
const ABOUT = { name: 'seconds', help: 'Time to answer' };

/** In no order: series may come in any. */
const linesOf = (text: string): string[] => text.split('\n').sort();

describe('what is counted with every tile', () => {
  it('is told as prom-client tells what it counts itself', async () => {
    const [own, theirs] = [new Registry(), new Registry()];
    const tally = new Tally(['route', 'method', 'status']);
    const labelNames = ['route', 'method', 'status'] as const;
    const about = { name: 'requests_total', help: 'Requests', labelNames };
    new Counter({
      ...about,
      registers: [own],
      collect() {
        tally.flush(this);
      },
    });
    const counter = new Counter({ ...about, registers: [theirs] });
    const times = new Times({ ...ABOUT, label: 'route', bounds: BOUNDS });
    own.registerMetric(times.metric);
    const histogram = new Histogram({
      ...ABOUT,
      labelNames: ['route'],
      buckets: BOUNDS,
      registers: [theirs],
    });
    // The same is told to both, and both are asked in between, as a scrape does.
    for (let scrape = 0; scrape < 3; scrape++) {
      for (const [route, status, seconds] of [
        ['/tiles/:z', '2xx', 0.0004], ['/tiles/:z', '2xx', 0.01], ['/a "b"\\', '4xx', 0.05], ['/tiles/:z', '5xx', 7],
      ] as const) {
        tally.add(route, 'GET', status);
        counter.inc({ route, method: 'GET', status });
        times.observe(route, seconds);
        histogram.observe({ route }, seconds);
      } // prettier-ignore
      assert.match(await own.metrics(), /seconds_bucket\{le="0.01",route="\/tiles\/:z"\} \d/);
      assert.deepEqual(linesOf(await own.metrics()), linesOf(await theirs.metrics()));
    }
    const all = async (one: Registry): Promise<string> =>
      AggregatorRegistry.aggregate([await one.getMetricsAsJSON(), await one.getMetricsAsJSON()]).metrics();
    assert.deepEqual(linesOf(await all(own)), linesOf(await all(theirs))); // of several processes together
  });
});
