import { backend, closeOpened, closeShared } from './environment.ts';

export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    console.log(`  database: ${backend}`);
    const lastOfFile = new Map(this.test?.parent?.suites.map((suite) => [suite.file, suite]));
    for (const suite of lastOfFile.values())
      suite.afterAll('closes what the file opened', async function () {
        this.timeout(60_000);
        await closeOpened();
      });
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await closeOpened();
    await closeShared();
  },
};
