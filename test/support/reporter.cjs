const { relative } = require('node:path');
const { reporters } = require('mocha');

/** Mocha's own report, closed by one line that a machine can read. */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    let listed = 0;
    runner.on('fail', (test, error) => {
      // A file that couldn't be loaded, or took its process along: nothing else says which.
      if (error.file) test.title += ` (${relative('', error.file)})`;
    });
    runner.once('end', () => {
      listed = this.failures.length;
      // The teardown of the whole run comes first, and may fail. Of several lost files mocha tells after the end.
      process.once('exit', () => {
        if (this.failures.length > listed) reporters.Base.list(this.failures.slice(listed));
        process.stdout.write(`${this.stats.passes} passed, ${this.stats.failures} failed\n`);
      });
    });
  }
};
