import { type CheckoutRequest, TelemyApiError, type TelemyClient } from '../../src/sdk/index.ts';
import { type Access, showAccess, untilAccess } from './access.ts';
import type { Demo } from './demo.ts';
import { DemoError } from './demo-error.ts';
import { askForRelay, withRelay } from './relay.ts';
import { signInNewUser } from './sign-in.ts';
import { spin } from './spinner.ts';
import { type StandIn, standInOf } from './stand-in.ts';

/**
 * A free account is denied a start, buys a plan, starts a relay, buys a further relay, and cancels. What is bought comes in
 * by webhook, as it does in earnest.
 */
export async function walkBilling(demo: Demo): Promise<void> {
  const client = await signInNewUser(demo, 'free');
  const free = await client.getSession();
  await showDenial(client);

  const planPage = await makeCheckout(client, 'the plan "standard"', { plan: 'standard' });
  const seller = standInOf(planPage);
  if (!seller) {
    process.stdout.write('This server sells through LemonSqueezy itself: the walk ends here, and nothing was paid.\n');
    return;
  }
  const isStandard = ({ entitlement }: Access) => entitlement.plan_tier === 'standard';
  const plan = await pay(demo, client, seller, planPage, isStandard);
  showAccess({ before: free, 'plan bought': plan.access });
  await withRelay(demo, client, async () => undefined);

  const relays = plan.access.entitlement.max_concurrent_conns + 1;
  const addonPage = await makeCheckout(client, 'one further relay', { addon_relays: 1 });
  const hasMore = ({ entitlement }: Access) => entitlement.max_concurrent_conns === relays;
  const { access: withAddon } = await pay(demo, client, seller, addonPage, hasMore);

  const canceled = await cancel(demo, client, seller, plan.subscriptionId);
  showAccess({ before: free, 'plan bought': plan.access, 'one more relay': withAddon, 'plan canceled': canceled });
}

async function showDenial(client: TelemyClient): Promise<void> {
  const spinner = spin('Asking for a relay');
  const error = await askForRelay(client).catch((thrown: unknown) => thrown);
  if (!(error instanceof TelemyApiError))
    throw error instanceof Error ? error : new Error('A free account got a relay.');
  const { code, reasonCode, message } = error;
  spinner.succeed(`A start is denied, as it should be: ${code}, ${reasonCode} (“${message}”)`);
}

/** Returns the address of the page to pay on. */
async function makeCheckout(client: TelemyClient, what: string, body: CheckoutRequest): Promise<string> {
  const spinner = spin(`Asking for a checkout of ${what}`);
  const { checkout_url: url, expires_at: until } = await client.createCheckout(body).catch((error: unknown) => {
    const cannotSell = error instanceof TelemyApiError && error.code === 'billing_unavailable';
    throw cannotSell
      ? new DemoError('This server cannot sell now: it has no seller, or the seller does not answer.')
      : error;
  });
  spinner.succeed(`Checkout of ${what}, open until ${until.slice(0, 16).replace('T', ' ')} UTC: ${url}`);
  return url;
}

async function pay(
  demo: Demo,
  client: TelemyClient,
  seller: StandIn,
  page: string,
  hasCome: (access: Access) => boolean,
): Promise<{ subscriptionId: string; access: Access }> {
  demo.signal.throwIfAborted();
  const spinner = spin('Paying');
  const { subscriptionId } = await seller.pay(page);
  spinner.text = 'Paid; waiting for the webhook';
  const access = await untilAccess(demo, client, hasCome);
  spinner.succeed(`Paid, and the webhook has come in (subscription ${subscriptionId})`);
  return { subscriptionId, access };
}

async function cancel(demo: Demo, client: TelemyClient, seller: StandIn, subscriptionId: string): Promise<Access> {
  demo.signal.throwIfAborted();
  const spinner = spin('Canceling the plan');
  await seller.cancel(subscriptionId);
  const access = await untilAccess(demo, client, ({ entitlement }) => entitlement.plan_status === 'canceled');
  spinner.succeed(`Plan canceled; it is paid, and may be used, until ${await seller.paidUntil(subscriptionId)}`);
  return access;
}
