import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useShop } from '../../support/shop.ts';
import { useApp } from '../../support/test-app.ts';
import { assertError } from '../common/error-body.ts';

describe('createCheckout 503', () => {
  const shop = useShop({ roles: ['api'] });
  const closed = useApp({ roles: ['api'] });
  afterEach(() => {
    shop().seller.faults = {};
  });

  const checkout = async (app = shop().app) => {
    const { token } = await signInNewUser(app, 'free');
    return call(app, 'POST', '/billing/checkout', { token, body: { plan: 'pro' } });
  };

  for (const status of [500, 502, 503]) {
    it(`is billing_unavailable while the seller answers ${status}, and says when to come back`, async () => {
      shop().seller.faults = { status };
      const answer = await checkout();
      assertError(answer, 503, 'billing_unavailable');
      assert.equal(answer.headers.get('Retry-After'), '30');
    });
  }

  it("passes the seller's own wish for patience on", async () => {
    shop().seller.faults = { status: 429, retryAfterSeconds: 7 };
    const answer = await checkout();
    assertError(answer, 503, 'billing_unavailable');
    assert.equal(answer.headers.get('Retry-After'), '7');
  });

  it('works again as soon as the seller does', async () => {
    shop().seller.faults = { status: 500, count: 1 };
    assert.equal((await checkout()).status, 503);
    assert.equal((await checkout()).status, 201);
  });

  it('is billing_unavailable where nothing is sold', async () => {
    assertError(await checkout(closed()), 503, 'billing_unavailable');
  });

  it("becomes a 500 of ours when the seller doesn't take what we send, and its words stay in the log", async () => {
    shop().seller.faults = { status: 422 };
    const answer = await checkout();
    const { details } = assertError(answer, 500, 'internal_error');
    assert.deepEqual(details, {});
    const logged = shop().app.logLines.join('\n');
    assert.match(logged, /answered 422/);
    assert.equal(logged.includes('key-of-the-stand-in'), false);
  });
});
