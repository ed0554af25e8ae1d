import assert from 'node:assert/strict';
import { eventually } from './eventually.ts';
import { type Answer, call } from './http.ts';
import { buildEvent, signWebhook } from './lemonsqueezy/index.ts';
import { TEST_SECRETS, type TestApp } from './test-app.ts';

/** The `X-Signature` of a webhook with these bytes. */
export function signatureOf(bytes: string | Uint8Array, secret = TEST_SECRETS.LEMONSQUEEZY_WEBHOOK_SECRET): string {
  return signWebhook(typeof bytes === 'string' ? bytes : Buffer.from(bytes), secret);
}

/** Sends a webhook as the seller does; text goes out as it is. */
export function sendWebhook(
  app: { url: string },
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return call(app, 'POST', '/billing/webhook', {
    body: text,
    headers: { 'X-Signature': signatureOf(text), ...headers },
  });
}

/** Ids of subscriptions that were given out. */
let sold = 700_000;

/** Tells, as the seller would, that the user has bought `standard`, and waits until it is taken in; returns the subscription's id. */
export async function sellTo(app: TestApp, userId: string): Promise<string> {
  sold += 1;
  const id = String(sold);
  const attributes = { variant_id: 1002, status: 'active' };
  const text = buildEvent(
    'subscription_created',
    { id, attributes },
    { customData: { user_id: userId }, testMode: true },
  );
  await sendWebhook(app, text);
  await eventually(async () => {
    const row = await app.database('users').where({ id: userId }).first('subscriptions');
    assert.equal(row.subscriptions.length > 0, true);
  });
  return id;
}
