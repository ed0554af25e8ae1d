import type { TestApp } from '../../support/test-app.ts';

/** Puts an account on another plan, as billing would. */
export async function changePlan(app: TestApp, userId: string, tier: string): Promise<void> {
  await app.database('users').where({ id: userId }).update({ plan_tier: tier });
}
