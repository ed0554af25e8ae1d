import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { useApp } from '../../support/test-app.ts';
import { signatureOf } from '../../support/webhooks.ts';
import { assertNothingChanges } from '../common/database-content.ts';
import { assertFaults } from '../common/error-body.ts';
import { rawRequest } from '../common/raw-request.ts';

describe('receiveBillingWebhook 400', () => {
  const app = useApp({ roles: ['api'] });

  for (const [name, options] of [
    ['of no length', { body: '' }],
    ['of no chunks', { body: '', chunked: true }],
    ['that is not there', {}],
  ] as const) {
    it(`refuses a body ${name}, signed as it is, and stores nothing`, async () => {
      const headers = { 'Content-Type': 'application/json', 'X-Signature': signatureOf('') };
      const request = { method: 'POST', path: '/billing/webhook', headers, ...options };
      assertFaults(await assertNothingChanges(app(), () => rawRequest(app(), request)), ['/body']);
    });
  }

  it('refuses a body that breaks off, though its signature is that of the whole, and stores nothing', async () => {
    const whole = '{"meta":{"event_name":"subscription_created"}}';
    const head = [
      'POST /api/v1/billing/webhook HTTP/1.1',
      'Host: x',
      'Content-Type: application/json',
      `X-Signature: ${signatureOf(whole)}`,
      `Content-Length: ${whole.length}`,
    ];
    const { hostname, port } = new URL(app().url);
    await assertNothingChanges(app(), async () => {
      const socket = connect(Number(port), hostname);
      // No more will come, but the sender still listens.
      socket.end(`${head.join('\r\n')}\r\n\r\n${whole.slice(0, -10)}`);
      const answer = await text(socket);
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(answer, /\r\n\r\n\{"error":\{"code":"invalid_request",.*\}$/);
    });
  });
});
