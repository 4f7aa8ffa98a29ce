import { backend, closeAll } from './environment.ts';

export const mochaHooks = {
  beforeAll(): void {
    console.log(`  database: ${backend}`);
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await closeAll();
  },
};
