import assert from 'node:assert/strict';
import {
  type Cloudflare,
  type CloudflareOptions,
  type FaultKind,
  startCloudflare,
} from '../support/cloudflare/index.ts';
import { eventually } from '../support/eventually.ts';
import { createStillClock, type StillClock } from '../support/still-clock.ts';

const ZONE = '0123456789abcdef0123456789abcdef';
const TOKEN = 'a-token';
const NAME = 'abcd1234.relays.example.com';
const RECORD = { type: 'A', name: NAME, content: '198.51.100.1', ttl: 60, proxied: false };
const START = '2026-01-31T12:00:00.000Z';

describe('Cloudflare stand-in', () => {
  let clock: StillClock;
  let cloudflare: Cloudflare;

  beforeEach(async () => {
    clock = createStillClock(START);
    cloudflare = await start();
  });

  afterEach(async () => {
    await cloudflare.close();
  });

  async function start(options: Partial<CloudflareOptions> = {}): Promise<Cloudflare> {
    return await startCloudflare({ zoneId: ZONE, token: TOKEN, clock, ...options });
  }

  function send(method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<Response> {
    return fetch(`${cloudflare.url}/zones/${ZONE}/dns_records${path}`, {
      method,
      headers: { Authorization: `Bearer ${TOKEN}`, 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      ...init,
    });
  }

  async function call(...request: Parameters<typeof send>) {
    const response = await send(...request);
    return { status: response.status, headers: response.headers, body: await response.json() };
  }

  async function create(values: object = {}): Promise<string> {
    const { status, body } = await call('POST', '', { ...RECORD, ...values });
    assert.equal(status, 200);
    return body.result.id;
  }

  /** Status, code and the code in the chain, where there is one. */
  function refusalOf({ status, body }: Awaited<ReturnType<typeof call>>): number[] {
    assert.deepEqual([body.success, body.result, body.messages, body.errors.length], [false, null, [], 1]);
    const [{ code, message, error_chain }] = body.errors;
    assert.equal(typeof message, 'string');
    return [status, code, ...(error_chain ?? []).map((error: { code: number }) => error.code)];
  }

  describe('access', () => {
    const refused: [string, RequestInit, number[]][] = [
      ['no Authorization', { headers: {} }, [400, 9106]],
      ['a header that is not Bearer', { headers: { Authorization: TOKEN } }, [400, 6003, 6111]],
      ['another token', { headers: { Authorization: 'Bearer other' } }, [403, 9109]],
    ];
    for (const [what, init, refusal] of refused) {
      it(`refuses ${what} and changes nothing`, async () => {
        assert.deepEqual(refusalOf(await call('POST', '', RECORD, init)), refusal);
        assert.deepEqual(cloudflare.records(), []);
      });
    }

    it('refuses a zone of someone else with 403 and what is no zone id with 404', async () => {
      for (const [zone, refusal] of [
        ['f'.repeat(32), [403, 10000]],
        ['example.com', [404, 7003]],
      ] as const) {
        const url = `${cloudflare.url}/zones/${zone}/dns_records`;
        const response = await fetch(url, { headers: { Authorization: `Bearer ${TOKEN}` } });
        assert.deepEqual(
          refusalOf({ status: response.status, headers: response.headers, body: await response.json() }),
          refusal,
        );
      }
    });

    it('answers 405 to a method that a path does not have', async () => {
      assert.deepEqual(refusalOf(await call('PUT', '', RECORD)), [405, 10405]);
    });
  });

  describe('records', () => {
    it('shows a new record in the envelope of the API, with its defaults and times', async () => {
      const { status, body } = await call('POST', '', { type: 'A', name: 'ABCD.Example.com', content: '198.51.100.1' });
      assert.equal(status, 200);
      const { id, ...record } = body.result;
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.deepEqual(record, {
        name: 'abcd.example.com',
        type: 'A',
        content: '198.51.100.1',
        proxied: false,
        ttl: 1,
        comment: null,
        tags: [],
        proxiable: true,
        settings: {},
        meta: {},
        created_on: START,
        modified_on: START,
      });
      assert.deepEqual([body.success, body.errors, body.messages], [true, [], []]);
      assert.deepEqual((await call('GET', `/${id}`)).body.result, body.result);
    });

    it('refuses an identical record with 81058, whatever its TTL, and keeps one', async () => {
      await create();
      assert.deepEqual(refusalOf(await call('POST', '', { ...RECORD, ttl: 120 })), [400, 81058]);
      assert.equal(cloudflare.records().length, 1);
    });

    it('makes one record of many identical calls at once', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => call('POST', '', RECORD)));
      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array(9).fill(400)]);
    });

    it('allows a second record of the same name with other content', async () => {
      await create();
      await create({ content: '198.51.100.2' });
      assert.deepEqual(
        cloudflare.records().map(({ name, content }) => [name, content]),
        [
          [NAME, '198.51.100.1'],
          [NAME, '198.51.100.2'],
        ],
      );
    });

    it('overwrites with PUT: what is left out falls back to its default', async () => {
      const id = await create({ comment: 'mine' });
      clock.advance(1000);
      const { body } = await call('PUT', `/${id}`, { type: 'A', name: NAME, content: '198.51.100.9' });
      const { content, ttl, comment, created_on, modified_on } = body.result;
      assert.deepEqual([content, ttl, comment, created_on], ['198.51.100.9', 1, null, START]);
      assert.equal(modified_on, clock.now().toISOString());
      assert.deepEqual(refusalOf(await call('PUT', `/${id}`, { content: '198.51.100.9' })), [400, 1004, 9020]);
    });

    it('changes with PATCH only what is given', async () => {
      const id = await create({ comment: 'mine' });
      await call('PATCH', `/${id}`, { content: '198.51.100.9' });
      const [record] = cloudflare.records();
      assert.deepEqual([record?.id, record?.content, record?.ttl, record?.comment], [id, '198.51.100.9', 60, 'mine']);
    });

    it('refuses a change that would make two records identical, and allows one that changes nothing', async () => {
      await create();
      const id = await create({ content: '198.51.100.2' });
      for (const method of ['PUT', 'PATCH']) {
        assert.deepEqual(refusalOf(await call(method, `/${id}`, RECORD)), [400, 81058]);
        assert.equal((await call(method, `/${id}`, { ...RECORD, content: '198.51.100.2' })).status, 200);
      }
    });

    it('deletes a record once', async () => {
      const id = await create();
      const { status, body } = await call('DELETE', `/${id}`);
      assert.deepEqual([status, body.success, body.result], [200, true, { id }]);
      assert.deepEqual(cloudflare.records(), []);
      for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
        const record = method === 'PUT' || method === 'PATCH' ? RECORD : undefined;
        assert.deepEqual(refusalOf(await call(method, `/${id}`, record)), [404, 81044]);
      }
    });

    it('lets another hand add a record, and gives out copies only', async () => {
      const record = cloudflare.addRecord({ name: NAME, content: '198.51.100.7', ttl: 60 });
      record.content = 'changed';
      for (const copy of cloudflare.records()) copy.content = 'changed';
      assert.equal((await call('GET', `/${record.id}`)).body.result.content, '198.51.100.7');
    });

    it('appends the name of the zone to names outside it, where it is known', async () => {
      await cloudflare.close();
      cloudflare = await start({ zoneName: 'example.com' });
      for (const name of ['abcd', 'abcd.example.org', 'example.com', 'b.example.com']) await create({ name });
      assert.deepEqual(
        cloudflare.records().map(({ name }) => name),
        ['abcd.example.com', 'abcd.example.org.example.com', 'example.com', 'b.example.com'],
      );
    });
  });

  describe('validation', () => {
    const faults: [string, unknown, number[]][] = [
      ['a body that is not JSON', '{', [400, 9207]],
      ['a body that is no object', [RECORD], [400, 9207]],
      ['no type', { ...RECORD, type: undefined }, [400, 1004, 9020]],
      ['another type', { ...RECORD, type: 'AAAA' }, [400, 1004, 9020]],
      ['no name', { ...RECORD, name: undefined }, [400, 9000]],
      ['a name with an empty label', { ...RECORD, name: 'a..example.com' }, [400, 9000]],
      ['a name with a blank', { ...RECORD, name: 'a b.example.com' }, [400, 9000]],
      ['a label that is too long', { ...RECORD, name: `${'a'.repeat(64)}.example.com` }, [400, 9000]],
      ['content that is no IPv4 address', { ...RECORD, content: '2001:db8::1' }, [400, 9005]],
      ['a TTL below 60', { ...RECORD, ttl: 59 }, [400, 1004, 9021]],
      ['a TTL above a day', { ...RECORD, ttl: 86_401 }, [400, 1004, 9021]],
      ['a TTL that is text', { ...RECORD, ttl: '60' }, [400, 1004, 9021]],
      ['proxied as text', { ...RECORD, proxied: 'false' }, [400, 1004, 9003]],
      ['tags that are no list', { ...RECORD, tags: 'a:b' }, [400, 9207]],
      ['a comment that is no text', { ...RECORD, comment: 1 }, [400, 9207]],
    ];
    for (const [what, body, refusal] of faults) {
      it(`refuses ${what}`, async () => {
        assert.deepEqual(refusalOf(await call('POST', '', body)), refusal);
        assert.deepEqual(cloudflare.records(), []);
      });
    }

    it('takes a TTL of 1 and of 60 to 86400, and sets that of a proxied record to 1', async () => {
      for (const ttl of [1, 60, 86_400]) await create({ ttl, name: `t${ttl}.example.com` });
      await create({ ttl: 60, proxied: true });
      assert.deepEqual(
        cloudflare.records().map(({ ttl }) => ttl),
        [1, 60, 86_400, 1],
      );
    });
  });

  describe('lists', () => {
    const contents = ({ body }: Awaited<ReturnType<typeof call>>) =>
      body.result.map((record: { content: string }) => record.content);

    beforeEach(() => {
      for (const last of [1, 2, 3]) cloudflare.addRecord({ name: NAME, content: `198.51.100.${last}` });
      cloudflare.addRecord({ name: `other-${NAME}`, content: '198.51.100.4' });
    });

    it('finds by the whole name in either spelling, without regard to case', async () => {
      for (const filter of ['name', 'name.exact']) {
        const found = await call('GET', `?type=A&${filter}=${NAME.toUpperCase()}`);
        assert.deepEqual(contents(found), ['198.51.100.1', '198.51.100.2', '198.51.100.3']);
      }
      assert.deepEqual(contents(await call('GET', '?name=relays.example.com')), []);
      assert.deepEqual(contents(await call('GET', `?type=AAAA&name=${NAME}`)), []);
    });

    it('narrows by content too', async () => {
      for (const filter of ['content', 'content.exact']) {
        assert.deepEqual(contents(await call('GET', `?name=${NAME}&${filter}=198.51.100.2`)), ['198.51.100.2']);
      }
    });

    it('tells where a page lies in the whole', async () => {
      const first = await call('GET', '?per_page=3');
      assert.deepEqual(first.body.result_info, { page: 1, per_page: 3, count: 3, total_count: 4, total_pages: 2 });
      const second = await call('GET', '?per_page=3&page=2');
      assert.deepEqual(second.body.result_info, { page: 2, per_page: 3, count: 1, total_count: 4, total_pages: 2 });
      assert.deepEqual(contents(second), ['198.51.100.4']);
      assert.deepEqual(contents(await call('GET', '?per_page=3&page=3')), []);
      assert.equal((await call('GET', '')).body.result_info.per_page, 100);
    });

    it('refuses a page that can not be', async () => {
      for (const query of ['?page=0', '?per_page=0', '?page=x']) {
        assert.deepEqual(refusalOf(await call('GET', query)), [400, 1004]);
      }
    });
  });

  describe('faults', () => {
    async function comesIn(fault: FaultKind): Promise<void> {
      await eventually(() => assert.ok(cloudflare.calls.some((call) => call.fault === fault)));
    }

    it('fails the next calls with 500, does nothing, then works again', async () => {
      cloudflare.faults = [{ kind: 'error', count: 2 }];
      for (let failed = 0; failed < 2; failed += 1) assert.equal((await call('POST', '', RECORD)).status, 500);
      assert.deepEqual(cloudflare.records(), []);
      await create();
    });

    it('throttles with 429, Retry-After and code 971, and does nothing', async () => {
      cloudflare.faults = [{ kind: 'throttled', retryAfterSeconds: 7, count: 1 }];
      const answer = await call('POST', '', RECORD);
      assert.deepEqual(refusalOf(answer), [429, 971]);
      assert.equal(answer.headers.get('retry-after'), '7');
      assert.deepEqual(cloudflare.records(), []);
    });

    it('loses answers of calls that it carried out, so that a retry finds the record there', async () => {
      cloudflare.faults = [{ kind: 'lost', methods: ['POST'], count: 1 }];
      await assert.rejects(send('POST', '', RECORD), TypeError);
      assert.equal(cloudflare.records().length, 1);
      assert.deepEqual(refusalOf(await call('POST', '', RECORD)), [400, 81058]);
    });

    it('loses the share of answers that chance decides', async () => {
      const draws = [0.1, 0.9, 0.29, 0.3];
      await cloudflare.close();
      cloudflare = await start({ random: () => draws.shift() ?? 1, faults: [{ kind: 'lost', share: 0.3 }] });
      const lost: boolean[] = [];
      for (let calls = 0; calls < 4; calls += 1) {
        lost.push(
          await send('GET', '').then(
            () => false,
            () => true,
          ),
        );
      }
      assert.deepEqual(lost, [true, false, true, false]);
    });

    it('never answers a hanging call and does nothing, until the client gives up', async () => {
      cloudflare.faults = [{ kind: 'hang', methods: ['POST'] }];
      const giveUp = new AbortController();
      const hanging = assert.rejects(send('POST', '', RECORD, { signal: giveUp.signal }), { name: 'AbortError' });
      await comesIn('hang');
      assert.equal((await call('GET', '')).body.result_info.total_count, 0);
      giveUp.abort();
      await hanging;
      assert.deepEqual(cloudflare.records(), []);
    });

    it('closes with a call hanging', async () => {
      cloudflare.faults = [{ kind: 'hang' }];
      const hanging = assert.rejects(send('GET', ''), TypeError);
      await comesIn('hang');
      await cloudflare.close();
      await hanging;
      cloudflare = await start();
    });

    it('still carries out a slow call whose client has given up', async () => {
      cloudflare.faults = [{ kind: 'slow', delayMs: 150 }];
      const giveUp = new AbortController();
      const slow = assert.rejects(send('POST', '', RECORD, { signal: giveUp.signal }), { name: 'AbortError' });
      await comesIn('slow');
      giveUp.abort();
      await slow;
      assert.deepEqual(cloudflare.records(), []);
      await eventually(() => assert.equal(cloudflare.records().length, 1));
    });

    it('hits only calls that fit its conditions', async () => {
      cloudflare.faults = [{ kind: 'down', methods: ['DELETE'], path: /dns_records\/[0-9a-f]+$/ }];
      const id = await create();
      await assert.rejects(send('DELETE', `/${id}`), TypeError);
      assert.equal((await call('GET', `/${id}`)).status, 200);
    });
  });

  it('remembers every call, what it came to and the fault that it met', async () => {
    await create();
    cloudflare.faults = [
      { kind: 'lost', count: 1 },
      { kind: 'down', count: 1 },
    ];
    for (let calls = 0; calls < 2; calls += 1) await assert.rejects(send('GET', `?name=${NAME}`));
    assert.deepEqual(
      cloudflare.calls.map(({ method, path, query, body, status, fault }) => [
        method,
        path.replace(/.*(?=\/dns_records)/, ''),
        query.get('name'),
        body,
        status,
        fault,
      ]),
      [
        ['POST', '/dns_records', null, RECORD, 200, undefined],
        ['GET', '/dns_records', NAME, undefined, 200, 'lost'],
        ['GET', '/dns_records', NAME, undefined, undefined, 'down'],
      ],
    );
  });
});
