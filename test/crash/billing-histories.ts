import { addSeconds, type Clock } from '../../src/clock.ts';
import { type SignedIn, signInNewUser } from '../support/factories.ts';
import { type Callee, call } from '../support/http.ts';
import { type LemonSqueezyStandIn, type Receipt, startLemonSqueezyStandIn } from '../support/lemonsqueezy/index.ts';
import { API_KEY, openCheckout, STORE_ID, VARIANTS } from '../support/shop.ts';
import { TEST_SECRETS, type TestApp } from '../support/test-app.ts';

/** What a customer does, in order, and what the account has of it in the end. */
export interface History {
  name: string;
  plan: 'starter' | 'standard' | 'pro';
  acts: ((seller: LemonSqueezyStandIn, receipt: Receipt) => Promise<unknown>)[];
  addonRelays?: number;
  access: [tier: string, status: string, relays: number];
}

export const HISTORIES: readonly History[] = [
  {
    name: 'moves to a larger plan, pays late, then pays',
    plan: 'standard',
    acts: [
      (seller, { subscriptionId: id }) => seller.changeVariant(id, '1003'),
      (seller, { subscriptionId: id }) => seller.failPayment(id),
      (seller, { subscriptionId: id }) => seller.recover(id),
    ],
    access: ['pro', 'active', 3],
  },
  {
    name: 'cancels',
    plan: 'starter',
    acts: [(seller, { subscriptionId: id }) => seller.cancel(id)],
    access: ['starter', 'canceled', 1],
  },
  {
    name: 'cancels and comes back',
    plan: 'pro',
    acts: [
      (seller, { subscriptionId: id }) => seller.cancel(id),
      (seller, { subscriptionId: id }) => seller.resume(id),
    ],
    access: ['pro', 'active', 3],
  },
  {
    name: 'gets the money back',
    plan: 'pro',
    acts: [(seller, { orderId }) => seller.refundOrder(orderId)],
    access: ['free', 'active', 0],
  },
  { name: 'adds relays', plan: 'standard', acts: [], addonRelays: 2, access: ['standard', 'active', 3] },
  {
    name: 'pays late',
    plan: 'standard',
    acts: [(seller, { subscriptionId: id }) => seller.failPayment(id)],
    access: ['standard', 'past_due', 1],
  },
  {
    name: 'leaves at once',
    plan: 'starter',
    acts: [(seller, { subscriptionId: id }) => seller.expire(id)],
    access: ['free', 'active', 0],
  },
];

export interface Customer extends SignedIn {
  history: History;
}

/** A seller that tells nobody, so that a test sends its webhooks, and whose clock moves with each thing that happens. */
export async function openQuietSeller(): Promise<{ standIn: LemonSqueezyStandIn; clock: SteppingClock }> {
  const clock = createSteppingClock(addSeconds(new Date(), -7200));
  const standIn = await startLemonSqueezyStandIn({
    apiKey: API_KEY,
    storeId: STORE_ID,
    webhookSecret: TEST_SECRETS.LEMONSQUEEZY_WEBHOOK_SECRET,
    webhookUrl: () => undefined,
    variants: VARIANTS,
    clock,
    testMode: true,
    timeScale: 0,
  });
  return { standIn, clock };
}

export interface SteppingClock extends Clock {
  step(): void;
}

function createSteppingClock(start: Date): SteppingClock {
  let now = start;
  return {
    now: () => now,
    step() {
      now = addSeconds(now, 10);
    },
  };
}

interface World {
  app: Callee & Pick<TestApp, 'database' | 'clock' | 'config'>;
  seller: LemonSqueezyStandIn;
  clock: SteppingClock;
}

/** A new customer does all of it at the seller; the application is told nothing. */
export async function liveThrough(world: World, history: History): Promise<Customer> {
  const { app, seller, clock } = world;
  const customer = await signInNewUser(app, 'free');
  const receipt = await buy(world, customer, app.config.catalog.planVariants.get(history.plan));
  if (history.addonRelays) await buy(world, customer, app.config.catalog.addon?.variantId, history.addonRelays);
  for (const act of history.acts) {
    clock.step();
    await act(seller, receipt);
  }
  return { ...customer, history };
}

async function buy({ seller, clock }: World, { user }: SignedIn, variantId = '', quantity = 1): Promise<Receipt> {
  const checkout = await openCheckout(seller, user, variantId, quantity);
  clock.step();
  return seller.pay(checkout);
}

/** What the account may do now. */
export async function readAccess(app: Callee, { token }: Pick<SignedIn, 'token'>): Promise<History['access']> {
  const { entitlement } = (await call(app, 'GET', '/auth/session', { token })).body;
  return [entitlement.plan_tier, entitlement.plan_status, entitlement.max_concurrent_conns];
}
