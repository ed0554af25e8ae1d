const { readFileSync } = require('node:fs');
const hooks = require('hooks');

/**
 * Puts the requests that the test prepared in the place of Dredd's own, and skips every transaction without one. Dredd
 * only warns of a hook file that doesn't load, so the test looks for the line that is printed here.
 */
const prepared = JSON.parse(readFileSync(process.env.DREDD_REQUESTS, 'utf8'));

hooks.beforeAll((transactions, done) => {
  const used = new Set();
  for (const transaction of transactions) {
    const key = `${transaction.request.method} ${transaction.origin.resourceName} ${transaction.expected.statusCode}`;
    const request = prepared[key];
    if (!request) {
      transaction.skip = true;
      continue;
    }
    used.add(key);
    // Dredd ignores the base path of `servers`; the prepared path has it.
    transaction.request.uri = request.path;
    transaction.fullPath = request.path;
    transaction.request.headers = { 'User-Agent': transaction.request.headers['User-Agent'], ...request.headers };
    transaction.request.body = request.body ?? '';
  }
  const unused = Object.keys(prepared).filter((key) => !used.has(key));
  const skipped = transactions.length - used.size;
  console.log(`hooks: ${JSON.stringify({ prepared: used.size, skipped, unused })}`);
  done();
});

hooks.beforeEachValidation((transaction, done) => {
  const { headers } = transaction.real;
  headers['content-type'] = headers['content-type']?.replace('; charset=utf-8', '');
  done();
});
