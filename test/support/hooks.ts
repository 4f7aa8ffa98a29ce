import { backend, closeAll } from './environment.ts';

export const mochaHooks = {
  beforeAll(): void {
    console.log(`  database: ${backend}`);
    process.setMaxListeners(0); // every server listens for signals, and tests start many
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(60_000);
    await closeAll();
  },
};
