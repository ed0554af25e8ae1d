import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { recordChecked } from '../support/given-answers.ts';
import { openShop, type Shop } from '../support/shop.ts';
import { prepareRequests } from './dredd-requests.ts';
import { type DreddOptions, runDredd } from './dredd-run.ts';
import { declaredKeys } from './operations.ts';
import type { PreparedRequest, PreparedRequests } from './prepared-request.ts';
import { openTroubledServers, type TroubleSet } from './troubled-servers.ts';

// Limits that nobody reaches: Dredd wants to see their headers. We are the proxy that says by what the client came.
const ENV = { MIN_CLIENT_VERSION: '0.0.5', RATE_LIMIT_FACTOR: '1000', TRUSTED_PROXIES: '127.0.0.0/8' };
/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:9';

describe('Dredd', function () {
  this.timeout(150_000);
  let shop: Shop;
  let troubled: TroubleSet;
  let requests: PreparedRequests;
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'telemy-hooks-'));
    shop = await openShop({ env: ENV });
    troubled = await openTroubledServers(shop.app, ENV);
    requests = await troubled.useUpLimits(await prepareRequests(shop, troubled.servers));
  });

  after(async () => {
    await troubled.close();
    await shop.seller.close();
    await shop.app.stop();
    await rm(folder, { recursive: true });
  });

  it('gets the declared answer for every status of every operation, and leaves none out', async () => {
    const run = await runDredd({ openapi: 'openapi.yaml', url: shop.app.url, requests });
    assert.deepEqual(run.failures, []);
    assert.deepEqual(run.passed.toSorted(), declaredKeys().toSorted());
    assert.equal(run.skipped, 0);
    recordChecked('dredd', run.passed);
    console.log(`      Dredd: ${run.passing} of ${declaredKeys().length} declared answers, none skipped`);
  });

  describe('of one operation', () => {
    const operationId = 'getCapacityStatus';
    const keyOf = (status: number) => `GET /capacity/status ${status}`;
    const run = (options: Partial<DreddOptions>) =>
      runDredd({ openapi: 'openapi.yaml', url: shop.app.url, only: operationId, requests, ...options });

    it('fails where the answer is another one, and where nobody answers', async () => {
      const [success, failure] = [requests[keyOf(200)], requests[keyOf(500)]] as [PreparedRequest, PreparedRequest];
      const wrong = {
        [keyOf(200)]: failure,
        [keyOf(403)]: requests[keyOf(403)] as PreparedRequest,
        [keyOf(429)]: success,
        [keyOf(500)]: failure,
        [keyOf(503)]: { ...success, server: NOBODY },
      };
      const { passed, failures } = await run({ requests: wrong });
      assert.deepEqual(passed, [keyOf(403), keyOf(500)]);
      assert.equal(failures.length, 3);
      assert.match(failures[0] ?? '', /^GET \S+ 200: .*'200', but got '500'/);
      assert.match(failures[1] ?? '', /^GET \S+ 429: .*'429', but got '200'/);
      assert.match(failures[2] ?? '', /^GET \S+ 503: .*no answer/);
    });

    it('fails where no request is prepared for a declared status, and where one is for another', async () => {
      const { [keyOf(500)]: undeclared, ...others } = requests;
      const { passed, failures } = await run({ requests: { ...others, [keyOf(418)]: undeclared as PreparedRequest } });
      assert.deepEqual(passed, [200, 403, 429, 503].map(keyOf));
      assert.equal(failures.length, 2);
      assert.match(failures[0] ?? '', /^GET \S+ 500: .*No request is prepared/);
      assert.match(failures[1] ?? '', /^GET \S+ 418: the contract does not declare it/);
    });

    it('fails when its hook file cannot be loaded', async () => {
      const hooks = join(folder, 'broken.cjs');
      await writeFile(hooks, 'throw new Error("broken on purpose");');
      await assert.rejects(run({ hooks }), /the hooks did not run to their end/);
    });
  });
});
