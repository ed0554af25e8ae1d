import assert from 'node:assert/strict';
import { eventually } from '../eventually.ts';
import { call } from '../http.ts';
import type { Part } from './fleet.ts';
import type { Watch } from './watch.ts';
import type { World } from './world.ts';

/** Within this everything must work again by itself. */
const RECOVERY_LIMIT = { timeoutMs: 60_000, intervalMs: 25 };
/** Longer than a statement may take, so that the time of the recovery is the service's own. */
const READY_LIMIT_MS = 30_000;

/** As many as there were, each with everything that it needs, and every API answers. @throws Error that tells what doesn't. */
export async function untilRecovered({ fleet, size }: World): Promise<void> {
  await eventually(async () => {
    assert.equal(fleet.apis().length, size.apis);
    assert.equal(fleet.workers().length, size.workers);
    await Promise.all([...fleet.apis(), ...fleet.workers()].map(assertReady));
  }, RECOVERY_LIMIT);
}

/** Until so many requests were sent. @throws Error when they aren't. */
export async function untilAnswered(watch: Watch, requests: number): Promise<void> {
  await eventually(() => assert.ok(watch.requests >= requests, 'the traffic stands still'), RECOVERY_LIMIT);
}

async function assertReady({ role, server }: Part): Promise<void> {
  const signal = AbortSignal.timeout(READY_LIMIT_MS);
  const response = await fetch(`${server.adminUrl}/readyz`, { signal });
  const told = await response.text();
  assert.equal(response.status, 200, `${role} ${server.pid} says ${told}`);
  if (role === 'api') assert.equal((await call(server, 'GET', '/relay/manifest', { signal })).status < 500, true);
}
