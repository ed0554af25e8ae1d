import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { addressKey, createClientAddress, createPeerTrust } from '../../src/http/client-address.ts';

/** One of Cloudflare's own addresses, and one of its IPv6 addresses. */
const CF = '162.158.88.4';
const CF6 = '2606:4700:10::6816:1';
const PROXY = '10.0.0.5';
const PROXY2 = '10.0.0.6';
const CLIENT = '198.51.100.7';
const LIAR = '203.0.113.66';

const cf = (address: string): IncomingHttpHeaders => ({ 'cf-connecting-ip': address });
const xff = (...addresses: string[]): IncomingHttpHeaders => ({ 'x-forwarded-for': addresses.join(', ') });

const CASES: [name: string, trusted: string[], peer: string, headers: IncomingHttpHeaders, client: string][] = [
  ['no proxy trusted: the peer', [], CLIENT, {}, CLIENT],
  ['no proxy trusted: X-Forwarded-For is a claim', [], CLIENT, xff(LIAR), CLIENT],
  ['no proxy trusted: CF-Connecting-IP is a claim', [], CLIENT, cf(LIAR), CLIENT],
  ['no proxy trusted: not even from Cloudflare', [], CF, cf(LIAR), CF],
  ['from Cloudflare: CF-Connecting-IP', ['cloudflare'], CF, cf(CLIENT), CLIENT],
  ['from Cloudflare by IPv6', ['cloudflare'], CF6, cf(CLIENT), CLIENT],
  ['from Cloudflare over an IPv6 socket', ['cloudflare'], `::ffff:${CF}`, cf(CLIENT), CLIENT],
  ['from Cloudflare: X-Forwarded-For does not count', ['cloudflare'], CF, { ...cf(CLIENT), ...xff(LIAR) }, CLIENT],
  ['from Cloudflare without its header: the peer', ['cloudflare'], CF, xff(LIAR), CF],
  ['from Cloudflare with garbage: the peer', ['cloudflare'], CF, cf('<script>'), CF],
  ['from elsewhere: CF-Connecting-IP is a claim', ['cloudflare'], CLIENT, cf(LIAR), CLIENT],
  ['from elsewhere: X-Forwarded-For is a claim', ['cloudflare'], CLIENT, xff(LIAR), CLIENT],
  ['just outside a range of Cloudflare', ['cloudflare'], '162.160.0.1', cf(LIAR), '162.160.0.1'],
  ['from a trusted proxy: X-Forwarded-For', ['10.0.0.0/8'], PROXY, xff(CLIENT), CLIENT],
  ['from a trusted proxy: the rightmost untrusted entry', ['10.0.0.0/8'], PROXY, xff(LIAR, CLIENT), CLIENT],
  ['through two trusted proxies', ['10.0.0.0/8'], PROXY, xff(LIAR, CLIENT, PROXY2), CLIENT],
  ['a client that claims to be a proxy', ['10.0.0.0/8'], PROXY, xff(PROXY2, CLIENT), CLIENT],
  ['nothing but proxies: the leftmost', ['10.0.0.0/8'], PROXY, xff('10.9.9.9', PROXY2), '10.9.9.9'],
  ['from a trusted proxy: CF-Connecting-IP is a claim', ['10.0.0.0/8', 'cloudflare'], PROXY, cf(LIAR), PROXY],
  ['from a trusted proxy without the header', ['10.0.0.0/8'], PROXY, {}, PROXY],
  ['garbage ends the search', ['10.0.0.0/8'], PROXY, xff(LIAR, 'unknown', PROXY2), PROXY2],
  ['garbage alone: the peer', ['10.0.0.0/8'], PROXY, xff('unknown'), PROXY],
  ['an empty header: the peer', ['10.0.0.0/8'], PROXY, { 'x-forwarded-for': '' }, PROXY],
  ['from an untrusted peer: X-Forwarded-For is a claim', ['10.0.0.0/8'], CLIENT, xff(LIAR), CLIENT],
  [
    'a proxy of ours behind Cloudflare',
    ['cloudflare', '10.0.0.0/8'],
    PROXY,
    { ...xff(LIAR, CLIENT, CF), ...cf(LIAR) },
    CLIENT,
  ],
  ['Cloudflare not trusted: its address is the client of our proxy', ['10.0.0.0/8'], PROXY, xff(CLIENT, CF), CF],
  ['an IPv4 peer over an IPv6 socket', [], `::ffff:${CLIENT}`, {}, CLIENT],
  ['an IPv4 client told in IPv6', ['10.0.0.0/8'], PROXY, xff(`::ffff:${CLIENT}`), CLIENT],
  ['an IPv6 client', ['10.0.0.0/8'], PROXY, xff('2001:DB8:0:0::1'), '2001:db8::1'],
  ['a trusted IPv6 proxy', ['fd00::/8'], 'fd00::5', xff(CLIENT), CLIENT],
  ['an IPv6 range trusts no IPv4 peer', ['::/0'], CLIENT, xff(LIAR), CLIENT],
  ['a peer that is no address', ['10.0.0.0/8'], '', xff(LIAR), ''],
];

describe("the client's address", () => {
  for (const [name, trusted, peer, headers, client] of CASES) {
    it(name, () => {
      assert.equal(createClientAddress(trusted)(peer, headers).address, client);
    });
  }
});

describe("Cloudflare's word on the client", () => {
  const CASES: [name: string, trusted: string[], peer: string, headers: IncomingHttpHeaders, counts: boolean][] = [
    ['counts from Cloudflare', ['cloudflare'], CF, cf(CLIENT), true],
    ['counts over an IPv6 socket', ['cloudflare'], `::ffff:${CF}`, cf(CLIENT), true],
    [
      'counts through a proxy of ours that has it from Cloudflare',
      ['cloudflare', '10.0.0.0/8'],
      PROXY,
      xff(CLIENT, CF),
      true,
    ],
    ['counts through two of them', ['cloudflare', '10.0.0.0/8'], PROXY, xff(CLIENT, CF, PROXY2), true],
    ['is a claim of who reached our proxy past Cloudflare', ['cloudflare', '10.0.0.0/8'], PROXY, xff(LIAR), false],
    [
      'is a claim even if they say that they came from there',
      ['cloudflare', '10.0.0.0/8'],
      PROXY,
      xff(CF, LIAR),
      false,
    ],
    ['is a claim of our proxy itself', ['cloudflare', '10.0.0.0/8'], PROXY, {}, false],
    ['is a claim where Cloudflare is not trusted', ['10.0.0.0/8'], CF, cf(CLIENT), false],
    ['is a claim of anyone else', ['cloudflare'], CLIENT, cf(LIAR), false],
    ['is a claim of a peer without an address', ['cloudflare'], '', {}, false],
  ];
  for (const [name, trusted, peer, headers, counts] of CASES) {
    it(name, () => assert.equal(createClientAddress(trusted)(peer, headers).viaCloudflare, counts));
  }
});

describe('whether the client came by plain HTTP', () => {
  const proto = (text: string): IncomingHttpHeaders => ({ 'x-forwarded-proto': text });
  const visitor = (text: string): IncomingHttpHeaders => ({ 'cf-visitor': text });
  const OURS = ['10.0.0.0/8'];
  const BOTH = ['cloudflare', '10.0.0.0/8'];
  const CASES: [name: string, trusted: string[], peer: string, headers: IncomingHttpHeaders, plain: boolean][] = [
    ['a trusted proxy says so', OURS, PROXY, proto('http'), true],
    ['a trusted proxy says so over an IPv6 socket', OURS, `::ffff:${PROXY}`, proto('http'), true],
    ['a trusted proxy says so in capitals', OURS, PROXY, proto(' HTTP '), true],
    ['a trusted proxy says https', OURS, PROXY, proto('https'), false],
    ['a trusted proxy says nothing', OURS, PROXY, {}, false],
    ['a trusted proxy says an empty text', OURS, PROXY, proto(''), false],
    ['a trusted proxy says garbage', OURS, PROXY, proto('httpx://'), false],
    ['of several entries the rightmost counts: http', OURS, PROXY, proto('https, http'), true],
    ['of several entries the rightmost counts: https', OURS, PROXY, proto('http, https'), false],
    ['of several entries the rightmost counts, be it empty', OURS, PROXY, proto('http,'), false],
    ['a stranger claims it', OURS, CLIENT, proto('http'), false],
    ['a stranger claims to be behind a proxy', OURS, CLIENT, { ...proto('http'), ...xff(PROXY, CF) }, false],
    ['nobody is trusted', [], PROXY, proto('http'), false],
    ['Cloudflare says so', ['cloudflare'], CF, proto('http'), true],
    ['Cloudflare says so by IPv6', ['cloudflare'], CF6, proto('http'), true],
    ['Cloudflare says so in CF-Visitor', ['cloudflare'], CF, { ...visitor('{"scheme":"http"}') }, true],
    ['Cloudflare says https in CF-Visitor', ['cloudflare'], CF, visitor('{"scheme":"https"}'), false],
    ['Cloudflare says garbage in CF-Visitor', ['cloudflare'], CF, visitor('{scheme'), false],
    ['Cloudflare is not trusted', OURS, CF, { ...proto('http'), ...visitor('{"scheme":"http"}') }, false],
    [
      'Cloudflare says so to a proxy of ours that it reached by https',
      BOTH,
      PROXY,
      { ...proto('https'), ...xff(CLIENT, CF), ...visitor('{"scheme":"http"}') },
      true,
    ],
    [
      'CF-Visitor is a claim of who reached our proxy past Cloudflare',
      BOTH,
      PROXY,
      { ...proto('https'), ...xff(LIAR), ...visitor('{"scheme":"http"}') },
      false,
    ],
    ['CF-Visitor is a claim of a stranger', BOTH, CLIENT, visitor('{"scheme":"http"}'), false],
    ['a peer that is no address', OURS, '', proto('http'), false],
  ];
  for (const [name, trusted, peer, headers, plain] of CASES) {
    it(name, () => assert.equal(createClientAddress(trusted)(peer, headers).byPlainHttp, plain));
  }
});

describe("Cloudflare's ranges", () => {
  it('can be others than those that come with the server', () => {
    const find = createClientAddress(['cloudflare'], ['198.18.0.0/15']);
    assert.equal(find('198.18.0.1', cf(CLIENT)).address, CLIENT);
    assert.equal(find(CF, cf(CLIENT)).address, CF);
  });

  it('are the same for whoever may say which trace a request belongs to', () => {
    const trusts = createPeerTrust(['cloudflare', `${PROXY}/32`], ['198.18.0.0/15']);
    assert.deepEqual(['198.18.0.1', PROXY, CF, LIAR, ''].map(trusts), [true, true, false, false, false]);
  });
});

const KEYS: [address: string, key: string][] = [
  ['198.51.100.7', '198.51.100.7'],
  ['::ffff:198.51.100.7', '198.51.100.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
  ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['', ''],
];

describe('what limits count an address as', () => {
  for (const [address, key] of KEYS) {
    it(`${JSON.stringify(address)}: ${JSON.stringify(key)}`, () => {
      assert.equal(addressKey(address), key);
    });
  }
});
