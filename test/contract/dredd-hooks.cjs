const { readFileSync, writeFileSync } = require('node:fs');
const hooks = require('hooks');

/**
 * Puts the requests that the test prepared in the place of Dredd's own, lets every transaction fail that has none, and
 * writes down what became of each. Dredd only warns of a hook file that doesn't load: then there is no such report.
 */
const prepared = JSON.parse(readFileSync(process.env.DREDD_REQUESTS, 'utf8'));

const keyOf = ({ request, origin, expected }) => `${request.method} ${origin.resourceName} ${expected.statusCode}`;

hooks.beforeAll((transactions, done) => {
  for (const transaction of transactions) {
    const request = prepared[keyOf(transaction)];
    if (!request) {
      transaction.fail = 'No request is prepared for it.';
      continue;
    }
    // Dredd ignores the base path of `servers`; the prepared path has it.
    transaction.request.uri = request.path;
    transaction.fullPath = request.path;
    transaction.request.headers = { 'User-Agent': transaction.request.headers['User-Agent'], ...request.headers };
    transaction.request.body = request.body ?? '';
    if (!request.server) continue;
    const { protocol, hostname, port } = new URL(request.server);
    Object.assign(transaction, { protocol, host: hostname, port });
  }
  done();
});

/** More than the largest limit that a test uses up. */
const TRIES = 100;

hooks.beforeEach(async (transaction, done) => {
  const { usedUpWith: headers, server, path, body } = prepared[keyOf(transaction)] ?? {};
  if (headers) {
    const { method } = transaction.request;
    for (let left = TRIES; left > 0; left -= 1) {
      const response = await fetch(`${server}${path}`, { method, headers, body });
      await response.arrayBuffer();
      if (response.headers.get('X-RateLimit-Remaining') === '0') break;
    }
  }
  done();
});

hooks.beforeEachValidation((transaction, done) => {
  const { headers } = transaction.real;
  headers['content-type'] = headers['content-type']?.replace('; charset=utf-8', '');
  done();
});

hooks.afterAll((transactions, done) => {
  const report = transactions.map((transaction) => {
    // Without one there was no answer at all.
    const { status = 'error', message = '' } = transaction.test ?? {};
    const { real } = transaction;
    return { key: keyOf(transaction), status, message, answer: real && `${real.statusCode} ${real.body}` };
  });
  writeFileSync(process.env.DREDD_REPORT, JSON.stringify(report));
  done();
});
