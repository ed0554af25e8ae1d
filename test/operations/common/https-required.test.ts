import assert from 'node:assert/strict';
import { API_ROOT } from '../../../src/http/contract-document.ts';
import { type SignedIn, signInNewUser } from '../../support/factories.ts';
import { call } from '../../support/http.ts';
import { useApp } from '../../support/test-app.ts';
import { operationsWith } from './common-statuses.ts';
import { assertNothingChanges } from './database-content.ts';
import { assertError } from './error-body.ts';
import { sendExample } from './example-request.ts';

const PLAIN = { 'X-Forwarded-Proto': 'http' };

describe('403 of every operation by plain HTTP', () => {
  const trusting = useApp({ roles: ['api'], env: { TRUSTED_PROXIES: '127.0.0.0/8', RATE_LIMIT_FACTOR: '1' } });
  let caller: SignedIn;
  before(async () => {
    caller = await signInNewUser(trusting());
    // The first call with a token is written down.
    await call(trusting(), 'GET', '/auth/session', { token: caller.token });
  });

  for (const operation of operationsWith('403')) {
    it(`${operation.operationId} refuses what a trusted proxy got by http, with its limits told, and changes nothing`, async () => {
      await assertNothingChanges(trusting(), async () => {
        const answer = await sendExample(trusting(), operation, caller, PLAIN);
        const { details } = assertError(answer, 403, 'https_required');
        assert.deepEqual(details, {});
        assert.equal(answer.headers.get('Location'), null);
        const isLimited = !operation.beyondGlobalLimits || operation.limits.some(({ key }) => key === 'ip');
        assert.equal(answer.headers.has('X-RateLimit-Limit'), isLimited);
      });
    });
  }

  it('comes before anyone asks who is calling, and whether there is such an operation', async () => {
    const stranger = await call(trusting(), 'GET', '/auth/session', { headers: PLAIN });
    assertError(stranger, 403, 'https_required');
    const nothing = await fetch(`${trusting().url}${API_ROOT}/nothing`, { headers: PLAIN });
    assert.equal(nothing.status, 403);
  });

  it('can be read by a web page that calls the API', async () => {
    const headers = { ...PLAIN, Origin: 'https://dock.example' };
    const answer = await call(trusting(), 'GET', '/capacity/status', { headers });
    assertError(answer, 403, 'https_required');
    assert.equal(answer.headers.get('Access-Control-Allow-Origin'), '*');
  });

  it('is not told to what came by https', async () => {
    const headers = { 'X-Forwarded-Proto': 'https' };
    assert.equal((await call(trusting(), 'GET', '/auth/session', { token: caller.token, headers })).status, 200);
  });
});
