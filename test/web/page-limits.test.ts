import assert from 'node:assert/strict';
import type { Context } from 'koa';
import type { RateLimiter } from '../../src/http/rate-limiter.ts';
import { limitPages } from '../../src/web/page-limits.ts';
import type { PageAnswer, PageClient } from '../support/page-client.ts';
import { useScriptedLab } from '../support/scripted-web-lab.ts';
import { assertTold } from './sign-in-checks.ts';

describe('Limits of the pages', () => {
  const lab = useScriptedLab({ env: { RATE_LIMIT_FACTOR: '1', TRUSTED_PROXIES: '127.0.0.0/8' } });
  let addresses = 0;
  const nextAddress = () => {
    addresses += 1;
    return `203.0.113.${addresses}`;
  };
  const from = (address = nextAddress()): PageClient => lab().browser({ 'X-Forwarded-For': address });

  function assertLimited(page: PageAnswer, window: number): void {
    assertTold(page, { status: 429, words: 'Too many tries' });
    const seconds = Number(page.headers.get('Retry-After'));
    assert.equal(seconds >= 1 && seconds <= window, true, `Retry-After ${seconds}`);
  }

  async function times(count: number, act: (index: number) => Promise<PageAnswer>): Promise<number[]> {
    const statuses: number[] = [];
    for (let index = 0; index < count; index += 1) statuses.push((await act(index)).status);
    return [...new Set(statuses)];
  }

  it('allow 120 requests a minute from one address, of any page and kind, and another address as many', async () => {
    const visitor = from();
    const paths = ['/account', '/login/plugin', '/login/nothing', '/login/plugin/deny'];
    const statuses = await times(120, (index) => visitor.open(String(paths[index % paths.length])));
    assert.deepEqual(statuses, [200, 404, 405]);
    assertLimited(await visitor.open('/account'), 60);
    assert.equal((await from().open('/account')).status, 200);
  });

  it('allow 20 ways to the provider and back a minute from one address', async () => {
    const address = nextAddress();
    const visitor = from(address);
    const page = await visitor.open('/account');
    assert.deepEqual(await times(10, () => visitor.submit(page, '/account/sign-in')), [200]);
    assert.deepEqual(await times(10, () => visitor.open('/login/callback?state=x')), [400]);
    const calls = lab().provider.calls.length;
    assertLimited(await visitor.submit(page, '/account/sign-in'), 60);
    assertLimited(await visitor.open('/login/callback?state=x'), 60);
    assertLimited(await visitor.post('/login/plugin/sign-in', {}), 60);
    // A new browser doesn't help, and other pages are still there.
    assertLimited(await from(address).open('/login/callback'), 60);
    assert.equal((await visitor.open('/account')).status, 200);
    assert.equal(lab().provider.calls.length, calls);
    assert.equal((await from().open('/login/callback')).status, 400);
  });

  it('allow 10 codes a minute from one address, those included that can be none, and from other addresses as many', async () => {
    const address = nextAddress();
    const visitor = from(address);
    const page = await visitor.open('/login/plugin');
    const codes = ['BCDF-GHJK', 'nonsense', '', 'x'.repeat(500), '\u0000'];
    const type = (index: number) =>
      visitor.submit(page, '/login/plugin/code', { code: String(codes[index % codes.length]) });
    assert.deepEqual(await times(9, type), [422]);
    // One without a token counts too.
    assert.equal((await visitor.post('/login/plugin/code', { code: 'BCDF-GHJK' })).status, 403);
    assertLimited(await type(0), 60);
    assertLimited(await from(address).post('/login/plugin/code', { code: 'BCDF-GHJK' }), 60);
    const other = from();
    const fresh = await other.submit(await other.open('/login/plugin'), '/login/plugin/code', { code: 'BCDF-GHJK' });
    assert.equal(fresh.status, 422);
  });

  it('allow 60 codes an hour, however slowly they are typed', async () => {
    const asked: unknown[] = [];
    const consume: RateLimiter['consume'] = async (scope, { limit, window_seconds, key }, address) => {
      asked.push([scope, limit, window_seconds, key, address]);
      return null;
    };
    const ctx = { state: { clientAddress: '203.0.113.250' } } as unknown as Context;
    await limitPages({ consume } as RateLimiter, 'code')(ctx, async () => undefined);
    assert.deepEqual(asked, [
      ['web-code', 10, 60, 'ip', '203.0.113.250'],
      ['web-code', 60, 3_600, 'ip', '203.0.113.250'],
    ]);
  });

  it('count the addresses of one IPv6 /64 as one', async () => {
    const visitor = from('2001:db8:1:2::1');
    const page = await visitor.open('/login/plugin');
    await times(10, () => visitor.submit(page, '/login/plugin/code', { code: 'x' }));
    assertLimited(await from('2001:db8:1:2:ffff::9').post('/login/plugin/code', {}), 60);
    assert.equal((await from('2001:db8:1:3::1').post('/login/plugin/code', {})).status, 400);
  });

  it('are not widened by an address that the client made up in front of the one that the proxy saw', async () => {
    const address = nextAddress();
    const visitor = (index: number) => from(`198.51.100.${index}, ${address}`);
    await times(10, (index) => visitor(index).post('/login/plugin/code', {}));
    assertLimited(await visitor(99).post('/login/plugin/code', {}), 60);
  });
});
