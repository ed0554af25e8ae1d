import assert from 'node:assert/strict';
import { eventually } from '../../support/eventually.ts';
import { makeUser, type TestUser } from '../../support/factories.ts';
import { Refusal } from '../../support/lemonsqueezy/index.ts';
import { checkoutIdOf, openShop, settled } from '../../support/shop.ts';
import type { TestApp } from '../../support/test-app.ts';
import type { SALES } from './step.ts';

/** Plans of a sequence's users, by number. */
const PLANS = ['pro', 'standard', 'free'] as const;
/** Longest time until everything that is under way has come to its end, in milliseconds. */
const WORK_LIMIT_MS = 30_000;

type Sale = Exclude<(typeof SALES)[number], 'pay' | 'redeliver'>;

/** What has been sold in a sequence. */
export interface Sold {
  subscriptions: string[];
}

/** Where sequences are played: an application whose time only they move, with a seller behind it. */
export interface Stage {
  app: TestApp;
  makeUsers(): Promise<TestUser[]>;
  /** Waits until nothing is under way any more. @throws Error when that takes too long. */
  settle(): Promise<void>;
  /** Moves the time, and lets everything act that is due then. */
  advance(seconds: number): Promise<void>;
  /** Pays at a checkout; undefined when the seller refuses. */
  pay(checkoutUrl: string): Promise<string | undefined>;
  /** What may happen to a subscription at the seller; what can't is left out. */
  sell(subscription: string, action: Sale): Promise<void>;
  /** How many webhooks were sent so far. */
  deliveries(): string[];
  close(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const shop = await openShop();
  const { app, seller } = shop;
  // The relays' own reports would come in between.
  await app.provider.faults.set({ silent_relay: true });

  const settle = async () => {
    await settled(shop);
    await eventually(
      async () => {
        const { rows } = await app.database.raw(
          `select name, state from jobs.job where state < 'completed' and start_after <= now()`,
        );
        assert.deepEqual(rows, [], 'jobs are still under way');
      },
      { timeoutMs: WORK_LIMIT_MS },
    );
  };
  return {
    app,
    makeUsers: () => Promise.all(PLANS.map((plan) => makeUser(app, { plan }))),
    settle,
    async advance(seconds) {
      await app.advanceClock(seconds);
      await app.worker?.enforceDeadlines();
      await app.worker?.enforcePlanDeadlines();
      await app.worker?.endDrains();
      await app.provider.syncClock();
    },
    async pay(checkoutUrl) {
      const receipt = await unlessRefused(seller.pay(checkoutIdOf(checkoutUrl)));
      await settle();
      return receipt?.subscriptionId;
    },
    async sell(subscription, action) {
      await unlessRefused(seller[action](subscription));
      await settle();
    },
    deliveries: () => seller.deliveries.map(({ body }) => body),
    async close() {
      await app.stop();
      await seller.close();
    },
  };
}

async function unlessRefused<T>(action: Promise<T>): Promise<T | undefined> {
  try {
    return await action;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}
