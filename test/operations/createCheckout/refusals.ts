import assert from 'node:assert/strict';
import { signInNewUser } from '../../support/factories.ts';
import { type Answer, call } from '../../support/http.ts';
import type { Shop } from '../../support/shop.ts';

/** Asks for a checkout as a new user, and makes sure that the seller heard nothing of it. */
export async function refused(shop: Shop, body: unknown, plan: 'free' | 'starter' = 'free'): Promise<Answer> {
  const { token } = await signInNewUser(shop.app, plan);
  const before = shop.seller.requests.length;
  const answer = await call(shop.app, 'POST', '/billing/checkout', { token, body });
  assert.equal(shop.seller.requests.length, before, 'the seller was asked');
  return answer;
}
