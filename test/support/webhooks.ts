import { type Answer, call } from './http.ts';
import { signWebhook } from './lemonsqueezy/index.ts';
import { TEST_SECRETS } from './test-app.ts';

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
