const { reporters } = require('mocha');

/** Mocha's own report, closed by one line that a machine can read. */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once('end', () => {
      // The teardown of the whole run comes first, and may fail.
      process.once('exit', () => {
        process.stdout.write(`${this.stats.passes} passed, ${this.stats.failures} failed\n`);
      });
    });
  }
};
