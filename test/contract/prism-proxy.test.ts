import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { recordChecked } from '../support/given-answers.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { prepareRequests } from './dredd-requests.ts';
import { declaredKeys } from './operations.ts';
import type { PreparedRequest, PreparedRequests } from './prepared-request.ts';
import { type PrismOptions, runPrismProxy } from './prism-run.ts';

describe('prism proxy --errors', function () {
  this.timeout(150_000);
  let shop: Shop;
  let requests: PreparedRequests;

  before(async () => {
    shop = await openShop();
    requests = await prepareRequests(shop);
  });

  after(async () => {
    await shop.seller.close();
    await shop.app.stop();
  });

  it('finds nothing wrong with any success of any operation', async () => {
    const run = await runPrismProxy({ openapi: 'openapi.yaml', url: shop.app.url, requests });
    const successes = declaredKeys().filter((key) => /[23]\d\d$/.test(key));
    assert.deepEqual(run.failures, []);
    assert.deepEqual(run.passed.toSorted(), successes.toSorted());
    recordChecked('prism', run.passed);
    console.log(`      Prism: ${run.passing} of ${successes.length} declared successes, no violation`);
  });

  it('fails when an answer breaks the contract, or is another one than the wanted', async () => {
    const { path, headers } = requests['GET /capacity/status 200'] as PreparedRequest;
    const good = await fetch(`${shop.app.url}${path}`, { headers });
    const content = await good.text();
    const { 'content-length': _, ...sent } = Object.fromEntries(good.headers);
    const broken = createServer((_request, response) => {
      response.writeHead(200, sent).end(content.replace('"updated_at"', '"when"'));
    });
    broken.listen(0, '127.0.0.1');
    await once(broken, 'listening');
    const url = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
    try {
      const run = (options: Partial<PrismOptions>) =>
        runPrismProxy({ openapi: 'openapi.yaml', url, requests, only: 'getCapacityStatus', ...options });
      const { passing, failures } = await run({});
      assert.deepEqual([passing, failures.length], [0, 1]);
      assert.match(failures[0] ?? '', /^GET \/capacity\/status 200: .*updated_at/);
      const absent = { 'GET /capacity/status 200': { path: '/api/v1/nothing', headers } };
      assert.match((await run({ url: shop.app.url, requests: absent })).failures.join(), /200: answered 404/);
    } finally {
      broken.close();
      broken.closeAllConnections();
    }
  });
});
