import assert from 'node:assert/strict';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSeller, SellerRefusedError } from '../../src/features/billing/seller-client.ts';
import { createCloudflareCalls, DnsRefusedError } from '../../src/features/relay/cloudflare-call.ts';

const ORDER = {
  storeId: '1',
  variantId: '1001',
  quantity: 1,
  userId: 'usr_1',
  email: 'mia@example.com',
  name: 'Mia',
  redirectUrl: undefined,
  expiresAt: new Date(0),
  testMode: true,
};

describe('A vendor whose answer leads elsewhere', () => {
  /** What came to where nothing of ours may come: such as the metadata of the machine, at http://169.254.169.254. */
  const strayed: IncomingMessage[] = [];
  let inside: Server;
  let vendor: Server;
  let url = '';
  let status = 307;

  before(async () => {
    inside = createServer((request, response) => {
      strayed.push(request);
      response.end('{"success":true,"data":{"attributes":{"url":"https://evil.example"}}}');
    });
    vendor = createServer((request, response) => {
      request.resume();
      response.writeHead(status, { Location: `${urlOf(inside)}/latest/meta-data` }).end();
    });
    for (const server of [inside, vendor]) await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = urlOf(vendor);
  });
  after(() => {
    for (const server of [inside, vendor]) server.close().closeAllConnections();
  });

  for (const answered of [301, 302, 303, 307, 308]) {
    it(`by ${answered} is not followed: neither tokens nor people's data go to another host`, async () => {
      status = answered;
      const seller = createSeller({ baseUrl: url, apiKey: 'key' });
      await assert.rejects(seller.createCheckout(ORDER), SellerRefusedError);
      await assert.rejects(seller.findSubscription('1'), SellerRefusedError);
      const cloudflare = createCloudflareCalls({ baseUrl: url, token: 'token' })();
      await assert.rejects(cloudflare('POST', '/zones/1/dns_records', { name: 'a' }), DnsRefusedError);
      await assert.rejects(cloudflare('GET', '/zones/1/dns_records'), DnsRefusedError);
      assert.deepEqual(
        strayed.map(({ method, url: path }) => `${method} ${path}`),
        [],
      );
    });
  }
});

function urlOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
