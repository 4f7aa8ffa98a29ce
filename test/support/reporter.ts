import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

/** What one run of mocha came to. */
export interface Outcome {
  passed: number;
  failed: number;
  skipped: number;
  /** Each failed test: its full title and its error with the stack. */
  failures: string[];
  /** What passed at its second attempt only: the first one's title and error. */
  retried: string[];
  /** What the run itself took of the processor (s), without the databases and programs that it started. */
  processorSeconds: number;
}

/** How long (ms) a run may take to end once its tests have: what they left open would keep it for ever. */
const END_MS = 60_000;

/** The usual listing, and the outcome as JSON in the file that `MOCHA_OUTCOME` names. */
export default class OutcomeReporter extends mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const failures: string[] = [];
    const retried: string[] = [];
    runner.on('retry', (test: Mocha.Runnable, error: Error) =>
      retried.push(`${test.fullTitle()}\n${error.stack ?? error.message}`),
    );
    runner.on('fail', (test: Mocha.Runnable, error: Error) =>
      failures.push(`${test.fullTitle()}\n${error.stack ?? error.message}`),
    );
    runner.once('end', () => {
      const { passes: passed, failures: failed, pending: skipped } = this.stats;
      const file = process.env.MOCHA_OUTCOME;
      if (!file) return;
      const { user, system } = process.cpuUsage();
      const processorSeconds = (user + system) / 1e6;
      const outcome: Outcome = { passed, failed, skipped, failures, retried, processorSeconds };
      writeFileSync(file, JSON.stringify(outcome));
      setTimeout(() => {
        outcome.failures.push(`the run, which did not end: ${process.getActiveResourcesInfo().join(', ')}`);
        outcome.failed++;
        writeFileSync(file, JSON.stringify(outcome));
        process.exit(1);
      }, END_MS).unref();
    });
  }
}
