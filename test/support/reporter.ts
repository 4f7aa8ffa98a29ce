import { writeFileSync } from 'node:fs';
import mocha from 'mocha';

/** The usual listing, and the counts as JSON in the file that `MOCHA_COUNTS` names. */
export default class CountingReporter extends mocha.reporters.Spec {
  constructor(runner: Mocha.Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    runner.once('end', () => {
      const { passes, failures, pending } = this.stats;
      const file = process.env.MOCHA_COUNTS;
      if (file) writeFileSync(file, JSON.stringify({ passed: passes, failed: failures, skipped: pending }));
    });
  }
}
