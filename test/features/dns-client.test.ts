import assert from 'node:assert/strict';
import {
  type CloudflareOptions,
  createCloudflare,
  DnsRefusedError,
  DnsUnavailableError,
} from '../../src/features/relay/dns-client.ts';
import { type Cloudflare, startCloudflare } from '../support/cloudflare/index.ts';

const ZONE = { zoneId: '0123456789abcdef0123456789abcdef', token: 'token-of-the-tests' };
const HOST = 'abcd1234.relays.example.com';

describe('a name at Cloudflare', () => {
  let cloudflare: Cloudflare;
  before(async () => {
    cloudflare = await startCloudflare(ZONE);
  });
  after(() => cloudflare.close());
  beforeEach(() => {
    cloudflare.faults = [];
    cloudflare.calls.length = 0;
  });

  /** A client of its own for each test, so that none waits for what another was told. */
  function client(options: Partial<CloudflareOptions> = {}) {
    return createCloudflare({ ...ZONE, baseUrl: cloudflare.url, ...options });
  }

  let made = 0;
  /** A name that no test has used. */
  function newName(): string {
    made += 1;
    return `name${made}.relays.example.com`;
  }

  const recordsOf = (name: string) => cloudflare.records().filter((record) => record.name === name);
  const addressesOf = (name: string) => recordsOf(name).map(({ content }) => content);
  const methods = () => cloudflare.calls.map(({ method }) => method);

  it('is one A record with a TTL of 60 seconds that is not proxied', async () => {
    await client().upsertA(HOST, '192.0.2.1');
    const [record, ...others] = recordsOf(HOST);
    const { type, content, ttl, proxied } = record ?? {};
    assert.deepEqual({ type, content, ttl, proxied }, { type: 'A', content: '192.0.2.1', ttl: 60, proxied: false });
    assert.deepEqual(others, []);
  });

  it('costs one call, which changes nothing, when it is right already', async () => {
    const name = newName();
    await client().upsertA(name, '192.0.2.1');
    cloudflare.calls.length = 0;
    await client().upsertA(name, '192.0.2.1');
    assert.deepEqual(methods(), ['GET']);
  });

  it('keeps its record when the address changes', async () => {
    const name = newName();
    await client().upsertA(name, '192.0.2.1');
    const [before] = recordsOf(name);
    await client().upsertA(name, '192.0.2.2');
    assert.deepEqual(
      recordsOf(name).map(({ id, content }) => [id, content]),
      [[before?.id, '192.0.2.2']],
    );
  });

  it('is mended when it is proxied or kept for too long', async () => {
    const name = newName();
    cloudflare.addRecord({ name, content: '192.0.2.1', ttl: 3600, proxied: true });
    await client().upsertA(name, '192.0.2.1');
    assert.deepEqual(
      recordsOf(name).map(({ content, ttl, proxied }) => [content, ttl, proxied]),
      [['192.0.2.1', 60, false]],
    );
  });

  it('leads to one address although it had several, and other names are left alone', async () => {
    const [name, other] = [newName(), newName()];
    for (const content of ['192.0.2.1', '192.0.2.2', '192.0.2.3']) cloudflare.addRecord({ name, content });
    cloudflare.addRecord({ name: other, content: '192.0.2.1' });
    await client().upsertA(name, '192.0.2.2');
    assert.deepEqual(addressesOf(name), ['192.0.2.2']);
    for (const content of ['192.0.2.1', '192.0.2.3']) cloudflare.addRecord({ name, content });
    await client().upsertA(name, '192.0.2.9');
    assert.deepEqual(addressesOf(name), ['192.0.2.9']);
    assert.deepEqual(addressesOf(other), ['192.0.2.1']);
  });

  it('is alone looked at, even by a vendor that ignores the filter', async () => {
    const [name, other] = [newName(), newName()];
    cloudflare.addRecord({ name: other, content: '192.0.2.7' });
    const forgetful: typeof fetch = (url, init) => fetch(String(url).replace(/\?.*/, ''), init);
    await client({ fetch: forgetful }).upsertA(name, '192.0.2.1');
    assert.deepEqual([addressesOf(name), addressesOf(other)], [['192.0.2.1'], ['192.0.2.7']]);
  });

  for (const [method, prepared] of [
    ['POST', undefined],
    ['PATCH', ['192.0.2.8']],
    ['DELETE', ['192.0.2.1', '192.0.2.8']],
  ] as const) {
    it(`is right after a lost answer to ${method}, once the work is repeated`, async () => {
      const name = newName();
      for (const content of prepared ?? []) cloudflare.addRecord({ name, content, ttl: 60 });
      cloudflare.faults = [{ kind: 'lost', count: 1, methods: [method] }];
      const own = client();
      await assert.rejects(own.upsertA(name, '192.0.2.1'), DnsUnavailableError);
      await own.upsertA(name, '192.0.2.1');
      assert.deepEqual(addressesOf(name), ['192.0.2.1']);
    });
  }

  it('is one record although ten publish it at once', async () => {
    const name = newName();
    await Promise.all(Array.from({ length: 10 }, () => client().upsertA(name, '192.0.2.1')));
    assert.deepEqual(addressesOf(name), ['192.0.2.1']);
  });

  it('leads to one of two addresses that are published at once, or the loser is told to come again', async () => {
    const name = newName();
    for (let round = 0; round < 10; round += 1) {
      const ips = ['192.0.2.1', '192.0.2.2'];
      const results = await Promise.allSettled(ips.map((ip) => client().upsertA(name, ip)));
      const told = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
      for (const reason of told) assert.equal(reason instanceof DnsUnavailableError, true, String(reason));
      const left = addressesOf(name);
      if (told.length === 0) assert.equal(left.length, 1, left.join());
    }
    await client().upsertA(name, '192.0.2.3');
    assert.deepEqual(addressesOf(name), ['192.0.2.3']);
  });

  it('is not asked for before the time that came with a 429 is over', async () => {
    const name = newName();
    let now = 1_000_000;
    const own = client({ now: () => now });
    cloudflare.faults = [{ kind: 'throttled', count: 1, retryAfterSeconds: 45 }];
    for (const later of [0, 44_999]) {
      now = 1_000_000 + later;
      await assert.rejects(own.upsertA(name, '192.0.2.1'), DnsUnavailableError);
    }
    assert.equal(cloudflare.calls.length, 1);
    now = 1_045_000;
    await own.upsertA(name, '192.0.2.1');
    assert.deepEqual(addressesOf(name), ['192.0.2.1']);
  });

  it('gives up on a vendor that is away, fails, says nothing in time, or talks nonsense, to be tried again', async () => {
    const name = newName();
    for (const fault of [{ kind: 'down' }, { kind: 'error', status: 502 }, { kind: 'hang' }] as const) {
      cloudflare.faults = [{ ...fault, count: 1 }];
      await assert.rejects(client({ timeoutMs: 50 }).upsertA(name, '192.0.2.1'), DnsUnavailableError, fault.kind);
    }
    for (const text of ['<html>', '{}', '{"success":false}', '{"success":true,"result":null}', 'null']) {
      const odd = client({ fetch: async () => new Response(text) });
      await assert.rejects(odd.upsertA(name, '192.0.2.1'), DnsUnavailableError, text);
    }
  });

  it('ends its wait when it is told to', async () => {
    cloudflare.faults = [{ kind: 'hang', count: 1 }];
    const end = new AbortController();
    const waiting = client().upsertA(newName(), '192.0.2.1', end.signal);
    end.abort();
    await assert.rejects(waiting, DnsUnavailableError);
  });

  it('is refused with the words of the vendor and without the token', async () => {
    const stranger = client({ token: 'some-other-token' });
    await assert.rejects(stranger.upsertA(newName(), '192.0.2.1'), (error) => {
      assert.equal(error instanceof DnsRefusedError, true);
      assert.match(String(error), /403.*Invalid access token/);
      assert.doesNotMatch(JSON.stringify(error) + String(error), /some-other-token/);
      return true;
    });
  });
});
