import { backend, closeOpened, closeOpenedSince, closeShared, openedSoFar } from './environment.ts';
import { tellWhatServersSaid } from './failures.ts';

let mark = 0;
tellWhatServersSaid();

export const mochaHooks = {
  beforeAll(this: Mocha.Context): void {
    console.log(`  database: ${process.env.TEST_DATABASE ?? backend}`);
    const lastOfFile = new Map(this.test?.parent?.suites.map((suite) => [suite.file, suite]));
    for (const suite of lastOfFile.values())
      suite.afterAll('closes what the file opened', async function () {
        await closeOpened();
      });
  },
  beforeEach(): void {
    mark = openedSoFar();
  },
  async afterEach(this: Mocha.Context): Promise<void> {
    await closeOpenedSince(mark);
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    await closeOpened();
    await closeShared();
  },
};
