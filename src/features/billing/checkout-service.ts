import { addSeconds, type Clock } from '../../clock.ts';
import { errors } from '../../http/errors.ts';
import { type Account, type Catalog, type PlanTier, presentPlan } from '../account/index.ts';
import { type Seller, SellerRefusedError, SellerUnavailableError } from './seller-client.ts';

export interface CheckoutDeps {
  clock: Clock;
  catalog: Catalog;
  /** Undefined: this deployment sells nothing. */
  seller: Seller | undefined;
  storeId: string;
  testMode: boolean;
  /** Origins to which a browser may be sent after paying. */
  redirectOrigins: readonly string[];
}

export interface CheckoutRequest {
  account: Account;
  plan: PlanTier | undefined;
  addonRelays: number | undefined;
  redirectUrl: string | undefined;
}

/** Where to pay, and until when. */
export interface Checkout {
  url: string;
  expiresAt: Date;
}

/** A checkout page can be used for this long, in seconds. */
const CHECKOUT_SECONDS = 86_400;
/** What to wait before a further try when the seller doesn't say, in seconds. */
const RETRY_SECONDS = 30;

/**
 * Makes a page on which the account's owner can buy a plan or further relays.
 *
 * @throws ApiError 400, 403, 409, 503 `billing_unavailable`
 */
export async function createCheckout(deps: CheckoutDeps, request: CheckoutRequest): Promise<Checkout> {
  const { account, plan, redirectUrl } = request;
  assertRedirect(deps, redirectUrl);
  const { variantId, quantity } = plan === undefined ? addonOrder(deps, request) : planOrder(deps, account, plan);
  if (!deps.seller || variantId === undefined) throw errors.billingUnavailable(3600);
  const expiresAt = addSeconds(deps.clock.now(), CHECKOUT_SECONDS);
  const order = {
    storeId: deps.storeId,
    variantId,
    quantity,
    userId: account.id,
    email: account.email,
    name: account.displayName,
    redirectUrl,
    expiresAt,
    testMode: deps.testMode,
  };
  try {
    return { url: await deps.seller.createCheckout(order), expiresAt };
  } catch (error) {
    throw toApiError(error);
  }
}

function assertRedirect({ redirectOrigins }: CheckoutDeps, redirectUrl: string | undefined): void {
  if (redirectUrl === undefined) return;
  const url = URL.canParse(redirectUrl) ? new URL(redirectUrl) : undefined;
  const isPlain = url && url.username === '' && url.password === '';
  if (isPlain && redirectOrigins.includes(url.origin)) return;
  const allowed =
    redirectOrigins.length === 0 ? 'is not allowed here' : `must begin with ${redirectOrigins.join(' or ')}`;
  throw errors.invalidRequest([{ path: '/body/redirect_url', message: allowed }]);
}

/** A second subscription would be paid for beside the first: a plan is changed where it was bought. */
function planOrder({ catalog }: CheckoutDeps, account: Account, plan: PlanTier) {
  const live = account.subscriptions.some(
    ({ product, state }) => product.kind === 'plan' && ['trial', 'active', 'past_due'].includes(state),
  );
  if (live) throw errors.conflict('There is a subscription already. Change it on the pages of its receipt e-mail.');
  return { variantId: catalog.planVariants.get(plan), quantity: 1 };
}

function addonOrder({ catalog, clock }: CheckoutDeps, { account, addonRelays = 1 }: CheckoutRequest) {
  const { plan, inForce } = presentPlan(account, catalog.plans, clock.now());
  if (!inForce || plan.relays === 0) {
    throw errors.entitlementDenied(
      'subscription_required',
      'Further relays need a plan with relays. Choose one first.',
    );
  }
  const { addon } = catalog;
  if (addon && addonRelays % addon.relays !== 0) {
    const message = `must be a multiple of ${addon.relays}`;
    throw errors.invalidRequest([{ path: '/body/addon_relays', message }]);
  }
  return { variantId: addon?.variantId, quantity: addonRelays / (addon?.relays ?? 1) };
}

/** What the seller says of our requests is for the log, never for the caller. */
function toApiError(error: unknown): unknown {
  if (error instanceof SellerUnavailableError) {
    return errors.billingUnavailable(error.retryAfter ?? RETRY_SECONDS, error);
  }
  if (error instanceof SellerRefusedError) {
    // Our key was taken away there before we got the new one: the same request is good behind the restart.
    return error.status === 401 ? errors.billingUnavailable(RETRY_SECONDS, error) : errors.internalError(error);
  }
  return error;
}
