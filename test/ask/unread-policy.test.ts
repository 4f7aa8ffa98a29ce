import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newServer, once } from '../support/environment.ts';

once('a policy that is read when somebody asks', () => {
  it('is told to be wrong, then, by an answer of its own, and keeps nobody from the rest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'chorograph-policy-'));
    try {
      const policy = join(folder, 'ask.yaml');
      writeFileSync(policy, 'languages: [1');
      const { api } = await newServer({ environment: { CHOROGRAPH_ASK_POLICY: policy } });
      for (const request of [
        api.get('/gemini/health'),
        api.post('/gemini/ask').send({ question: 'How many?' }),
      ]) {
        const { status, body } = await request;
        assert.equal(status, 503);
        assert.equal((body as { code: string }).code, 'ask_misconfigured');
        assert.doesNotMatch(JSON.stringify(body), /ask\.yaml|line 2/);
      }
      await api.get('/tiles').expect(200);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
