import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { buildEvent } from '../../support/lemonsqueezy/index.ts';
import { TEST_SECRETS, useApp } from '../../support/test-app.ts';
import { sendWebhook, signatureOf } from '../../support/webhooks.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertError } from '../common/error-body.ts';

const PREVIOUS = randomBytes(32).toString('base64url');
const TEXT = buildEvent('subscription_updated', { attributes: { user_name: 'Zoë / 2' } });
const RIGHT = signatureOf(TEXT);

const WRONG: [name: string, signature: string | undefined, text?: string][] = [
  ['no signature', undefined],
  ['an empty one', ''],
  ['one of another secret', signatureOf(TEXT, randomBytes(32).toString('base64url'))],
  ['one of another body', signatureOf(`${TEXT} `)],
  ['one that is cut off', RIGHT.slice(0, -1)],
  ['one that is cut in half', RIGHT.slice(0, 32)],
  ['one that is too long', `${RIGHT}00`],
  ['one with a changed digit', RIGHT.replace(/^./, (digit) => (digit === '0' ? '1' : '0'))],
  ['base64', Buffer.from(RIGHT, 'hex').toString('base64')],
  ['a prefix as other sellers use it', `sha256=${RIGHT}`],
  ['zeros', '0'.repeat(64)],
  ['something else than digits', 'z'.repeat(64)],
  ['the right one for a body that was parsed and written anew', RIGHT, JSON.stringify(JSON.parse(TEXT))],
];

describe('receiveBillingWebhook 401', () => {
  const app = useApp({ roles: ['api'], env: { LEMONSQUEEZY_WEBHOOK_SECRET_PREVIOUS: PREVIOUS } });
  const unset = useApp({ roles: ['api'], env: { LEMONSQUEEZY_WEBHOOK_SECRET: '' } });

  for (const [name, signature, text = TEXT] of WRONG) {
    it(`refuses ${name}, and stores nothing`, async () => {
      const answer = await assertNothingChanges(app(), () => sendWebhook(app(), text, signatureHeader(signature)));
      assertError(answer, 401, 'unauthorized');
    });
  }

  it('takes the right signature, of the secret in use and of the one that it replaces', async () => {
    assert.equal((await sendWebhook(app(), TEXT)).status, 200);
    const second = buildEvent('subscription_updated', { id: '2' });
    assert.equal((await sendWebhook(app(), second, { 'X-Signature': signatureOf(second, PREVIOUS) })).status, 200);
    assert.equal((await app().database('billing_events')).length, 2);
  });

  it('looks at the signature before it looks at the body', async () => {
    assertError(await sendWebhook(app(), '{"', { 'X-Signature': 'wrong' }), 401, 'unauthorized');
  });

  it('takes none while no secret is configured', async () => {
    assert.equal(TEST_SECRETS.LEMONSQUEEZY_WEBHOOK_SECRET.length > 0, true);
    assertError(await sendWebhook(unset(), TEXT), 401, 'unauthorized');
    assertError(await sendWebhook(unset(), TEXT, { 'X-Signature': signatureOf(TEXT, '') }), 401, 'unauthorized');
  });
});

function signatureHeader(signature: string | undefined): Record<string, string> {
  // An absent header is sent as an empty one: `sendWebhook` would sign otherwise.
  return { 'X-Signature': signature ?? '' };
}
