import assert from 'node:assert/strict';
import { ALL_EVENT_NAMES, buildEvent } from '../../support/lemonsqueezy/index.ts';
import { useApp } from '../../support/test-app.ts';
import { sendWebhook, signatureOf } from '../../support/webhooks.ts';

describe('receiveBillingWebhook 200', () => {
  const app = useApp({ roles: ['api'] });
  const stored = () => app().database('billing_events').select('id', 'body', 'state').orderBy('received_at');
  beforeEach(() => app().database('billing_events').delete());

  it('stores the very bytes that were sent, with the job that will work on them', async () => {
    const text = buildEvent('subscription_updated', { attributes: { user_name: 'Zoë' } });
    const answer = await sendWebhook(app(), text);
    assert.deepEqual([answer.status, answer.body], [200, { received: true }]);
    const [row, ...others] = await stored();
    assert.deepEqual([row.body.toString('utf8'), row.state, others], [text, 'received', []]);
    const jobs = await app().database('jobs.job').where({ name: 'billing-event' }).select('data');
    assert.equal(jobs.filter(({ data }) => data.eventId === row.id).length, 1);
  });

  it('answers the same to a duplicate, and stores it once', async () => {
    const text = buildEvent('subscription_created', {});
    const answers = await Promise.all(Array.from({ length: 20 }, () => sendWebhook(app(), text)));
    assert.deepEqual(
      new Set(answers.map(({ status, text }) => `${status} ${text}`)),
      new Set(['200 {"received":true}']),
    );
    assert.equal((await stored()).length, 1);
  });

  it('takes every event that the seller documents, and any that it may think of', async () => {
    for (const name of ALL_EVENT_NAMES)
      assert.equal((await sendWebhook(app(), buildEvent(name, {}))).status, 200, name);
    assert.equal((await sendWebhook(app(), { meta: { event_name: 'store_flooded' }, data: {} })).status, 200);
    assert.equal((await stored()).length, ALL_EVENT_NAMES.length + 1);
  });

  for (const [name, body] of [
    ['an empty object', '{}'],
    ['null', 'null'],
    ['no JSON at all', 'hello'],
    ['half a text', '{"meta":'],
    ['bytes that are no UTF-8', '\u0000\ufffd'],
  ] as const) {
    it(`stores ${name}, as long as it is signed: whatever it is, it must not be sent again and again`, async () => {
      assert.equal((await sendWebhook(app(), body)).status, 200);
      assert.equal((await stored()).length, 1);
    });
  }

  it('stores a body of exactly 1 MiB', async () => {
    const body = JSON.stringify({ meta: { event_name: 'x' }, filler: '' });
    const text = body.replace('"filler":""', `"filler":"${'x'.repeat(1_048_576 - body.length)}"`);
    assert.equal(Buffer.byteLength(text), 1_048_576);
    assert.equal((await sendWebhook(app(), text)).status, 200);
    assert.equal((await sendWebhook(app(), `${text} `)).status, 413);
  });

  it('takes the signature in digits of either case', async () => {
    const text = buildEvent('order_created', {});
    const headers = { 'X-Signature': signatureOf(text).toUpperCase() };
    assert.equal((await sendWebhook(app(), text, headers)).status, 200);
  });

  it('believes the event name of the signed body, not the header beside it', async () => {
    const text = buildEvent('order_created', {});
    assert.equal((await sendWebhook(app(), text, { 'X-Event-Name': 'subscription_expired' })).status, 200);
    assert.equal((await stored()).length, 1);
  });
});
