import assert from 'node:assert/strict';
import { seedDemo } from '../../server/demo/seed.ts';
import { DEMO_PARTS } from '../../server/demo/parts.ts';
import { newServer } from '../support/environment.ts';

describe('seeding the demo', () => {
  it('records when its views were made, so that maps can say it', async () => {
    const server = await newServer();
    await seedDemo(server.ctx.db, { only: 'us' });
    const views = DEMO_PARTS.find(({ name }) => name === 'us')!.views.map((view) => `public.${view}`);
    const rows = await server.run<{ relation: string }>(
      `select relation from chorograph.generation
       where changed_at > now() - interval '1 hour' and relation = any($1) order by 1`,
      [views],
    );
    assert.deepEqual(
      rows.map(({ relation }) => relation),
      [...views].sort(),
    );
  });
});
