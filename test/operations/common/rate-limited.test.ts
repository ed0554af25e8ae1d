import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { makeUser, type SignedIn, signIn } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import { startTestApp, type TestApp } from '../../support/test-app.ts';
import { operationsWith } from './common-statuses.ts';
import { type DeclaredOperation, GLOBAL_LIMITS } from './contract.ts';
import { assertError } from './error-body.ts';
import { exampleRequest } from './example-request.ts';

/** Small enough for limits of one or a few requests. */
const FACTOR = 0.02;

const scaled = (limit: number) => Math.max(1, Math.round(limit * FACTOR));

/** Limits hold at a server by itself, and over all servers that share them. */
const SETUPS = [
  { title: 'at a server', store: 'memory', servers: 1 },
  { title: 'over two servers that share the limits, asked in turn', store: 'postgres', servers: 2 },
];

for (const setup of SETUPS) {
  describe(`429 of every operation, ${setup.title}`, () => {
    /** Signs callers in without limits, on the database of the limited applications. */
    let unlimited: TestApp;
    const servers: TestApp[] = [];
    before(async () => {
      unlimited = await startTestApp({ roles: ['api'] });
      for (let count = 0; count < setup.servers; count += 1) {
        const env = {
          RATE_LIMIT_STORE: setup.store,
          RATE_LIMIT_FACTOR: String(FACTOR),
          TRUSTED_PROXIES: '127.0.0.0/8',
        };
        servers.push(await startTestApp({ databaseUrl: unlimited.databaseUrl, roles: ['api'], env }));
      }
    });
    after(async () => {
      for (const server of servers) await server.stop();
      await unlimited.stop();
    });

    let turn = 0;
    const limited = (): TestApp => {
      turn += 1;
      return servers[turn % servers.length] as TestApp;
    };

    /** One request of a device of the user, seen to come from that address. */
    async function send(operation: DeclaredOperation, device: SignedIn, address: string): Promise<Answer> {
      const { method, path, headers, body } = exampleRequest(operation, device);
      return call(limited(), method, path, { body, headers: { ...headers, 'X-Forwarded-For': address } });
    }

    for (const operation of operationsWith('429')) {
      // The pace of polls is told apart from the window limits: it has a test of its own.
      const [policy] = operation.limits.filter((limit) => limit.key !== 'attempt');

      it(`${operation.operationId} takes as many requests as its limit says, and answers 429 to the next`, async () => {
        if (!policy) throw new Error(`${operation.operationId} has no limit.`);
        const allowed = scaled(policy.limit);
        const user = await makeUser(unlimited);
        const strangers = [await signIn(unlimited), await signIn(unlimited)] as const;
        for (let count = 1; count <= allowed + 1; count += 1) {
          // Limits per user hold across devices and addresses, limits per address across users.
          const device = policy.key === 'ip' ? strangers[count % 2 ? 0 : 1] : await signIn(unlimited, user);
          const address = policy.key === 'ip' ? addressOf(operation, 1) : addressOf(operation, count);
          const answer = await send(operation, device, address);
          const { limit, remaining, reset, retryAfter } = limitHeaders(answer);
          assert.equal(limit, allowed);
          assert.equal(remaining, Math.max(0, allowed - count));
          assert.equal(reset >= 1 && reset <= policy.window_seconds, true, `reset ${reset}`);
          if (count <= allowed) {
            assert.notEqual(answer.status, 429, answer.text);
            assert.equal(retryAfter, undefined);
          } else {
            const { details } = assertError(answer, 429, 'rate_limited');
            assert.deepEqual(details, { limit: allowed, window_seconds: policy.window_seconds });
            assert.equal(retryAfter, reset);
          }
        }
      });

      it(`${operation.operationId} counts ${policy?.key === 'ip' ? 'addresses' : 'users'} apart`, async () => {
        const answer = await send(operation, await signIn(unlimited), addressOf(operation, 99));
        assert.notEqual(answer.status, 429, answer.text);
      });

      if (!operation.cors) continue;
      it(`${operation.operationId} answers preflights beyond every limit`, async () => {
        const { path } = exampleRequest(operation, await signIn(unlimited));
        const times = scaled(GLOBAL_LIMITS[0]?.limit ?? 0) + 1;
        for (let count = 0; count < times; count += 1) {
          const answer = await call(limited(), 'OPTIONS', path, {
            headers: {
              Origin: 'https://example.com',
              'Access-Control-Request-Method': operation.method,
              'X-Forwarded-For': addressOf(operation, 1),
            },
          });
          assert.equal(answer.status, 204);
          assert.equal(answer.headers.get('X-RateLimit-Limit'), null);
        }
      });
    }

    it('all operations together are limited per address, before anyone is asked who they are', async () => {
      const allowed = scaled(GLOBAL_LIMITS[0]?.limit ?? 0);
      const headers = { 'X-Forwarded-For': '198.51.100.7' };
      for (let count = 1; count <= allowed; count += 1) {
        const answer = await call(limited(), 'GET', count % 2 ? '/auth/session' : '/no/such/thing', { headers });
        assert.deepEqual([answer.status, limitHeaders(answer).remaining], [count % 2 ? 401 : 404, allowed - count]);
      }
      assertError(await call(limited(), 'GET', '/auth/session', { headers }), 429, 'rate_limited');
      const other = await call(limited(), 'GET', '/auth/session', { headers: { 'X-Forwarded-For': '198.51.100.8' } });
      assertError(other, 401, 'unauthorized');
    });

    for (const operation of operationsWith('429').filter((one) => one.beyondGlobalLimits)) {
      it(`${operation.operationId} is not counted by that limit, nor held up by it`, async () => {
        const allowed = scaled(GLOBAL_LIMITS[0]?.limit ?? 0);
        const device = await signIn(unlimited);
        const own = scaled(operation.limits[0]?.limit ?? 0);
        const address = '198.51.100.11';
        for (let count = 1; count <= allowed + 1; count += 1) {
          const answer = await send(operation, device, address);
          assert.equal(answer.status < 300, true, answer.text);
          assert.deepEqual([limitHeaders(answer).limit, limitHeaders(answer).remaining], [own, own - count]);
        }
        const headers = { 'X-Forwarded-For': address };
        for (let count = 1; count <= allowed; count += 1) {
          const answer = await call(limited(), 'GET', '/auth/session', { headers });
          assert.deepEqual([answer.status, limitHeaders(answer).remaining], [401, allowed - count]);
        }
        assertError(await call(limited(), 'GET', '/auth/session', { headers }), 429, 'rate_limited');
        const answer = await send(operation, device, address);
        assert.equal(answer.status < 300, true, answer.text);
      });
    }

    it('only what the seller calls, in bursts and from a few addresses, is beyond the limit in front of all', () => {
      const beyond = operationsWith('429').filter((operation) => operation.beyondGlobalLimits);
      assert.deepEqual(
        beyond.map(({ operationId }) => operationId),
        ['receiveBillingWebhook'],
      );
    });

    it('bodies that are too large and paths that cannot be read are counted like everything else', async () => {
      const allowed = scaled(GLOBAL_LIMITS[0]?.limit ?? 0);
      const headers = { 'X-Forwarded-For': '198.51.100.9' };
      const send = (count: number) =>
        count % 2
          ? call(limited(), 'POST', '/relay/stop', { headers, body: `"${'x'.repeat(1_048_576)}"` })
          : call(limited(), 'GET', '/relay/sessions/%zz', { headers });
      for (let count = 1; count <= allowed; count += 1) {
        const answer = await send(count);
        assert.deepEqual([answer.status, limitHeaders(answer).remaining], [count % 2 ? 413 : 400, allowed - count]);
      }
      for (const count of [1, 2]) assertError(await send(count), 429, 'rate_limited');
    });

    it("a refused request of a user tells the user's limit, and costs none of it", async () => {
      const device = await signIn(unlimited);
      const { token } = device;
      for (let count = 0; count < 3; count += 1) {
        const answer = await call(limited(), 'POST', '/relay/start', {
          token,
          body: {},
          headers: { 'X-Forwarded-For': '198.51.100.10' },
        });
        assertError(answer, 400, 'invalid_request');
        const { limit, remaining } = limitHeaders(answer);
        assert.deepEqual([limit, remaining], [scaled(6), scaled(6)]);
      }
    });

    it('addresses of one IPv6 /64 share a limit, and those of another have their own', async () => {
      const start = (address: string) =>
        call(limited(), 'POST', '/auth/plugin/login/start', {
          body: { client: { platform: 'test' } },
          headers: { 'X-Forwarded-For': address },
        });
      assert.equal((await start('2001:db8:1:2::1')).status, 201);
      assertError(await start('2001:db8:1:2:ffff::9'), 429, 'rate_limited');
      assert.equal((await start('2001:db8:1:3::1')).status, 201);
    });

    it('answers without limits carry no X-RateLimit headers', async () => {
      const { headers } = await call(unlimited, 'GET', '/auth/session', { headers: { 'X-Request-ID': randomUUID() } });
      assert.deepEqual(
        [...headers.keys()].filter((name) => name.startsWith('x-ratelimit')),
        [],
      );
    });
  });
}

/** An address of its own for each operation, so that they don't use up each other's. */
function addressOf(operation: DeclaredOperation, host: number): string {
  const index = operationsWith('429').findIndex(({ operationId }) => operationId === operation.operationId);
  return `203.0.${index}.${host}`;
}

function limitHeaders({ headers }: Answer) {
  const read = (name: string): number => {
    assert.match(headers.get(name) ?? '', /^\d+$/, name);
    return Number(headers.get(name));
  };
  return {
    limit: read('X-RateLimit-Limit'),
    remaining: read('X-RateLimit-Remaining'),
    reset: read('X-RateLimit-Reset'),
    retryAfter: headers.has('Retry-After') ? read('Retry-After') : undefined,
  };
}
