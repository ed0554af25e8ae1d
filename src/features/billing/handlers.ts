import type { Handlers } from '../../http/operation-types.ts';
import { type CheckoutDeps, createCheckout } from './checkout-service.ts';
import { createWebhookIntake, type WebhookDeps } from './webhook-service.ts';

export interface BillingHandlerDeps extends CheckoutDeps, WebhookDeps {}

/** The operations of the tag `billing`. */
export function createBillingHandlers(
  deps: BillingHandlerDeps,
): Pick<Handlers, 'createCheckout' | 'receiveBillingWebhook'> {
  const takeIn = createWebhookIntake(deps);
  return {
    async createCheckout({ principals, body }) {
      const { url, expiresAt } = await createCheckout(deps, {
        account: principals.bearerAuth.account,
        plan: body.plan,
        addonRelays: body.addon_relays,
        redirectUrl: body.redirect_url,
      });
      return { status: 201, body: { checkout_url: url, expires_at: expiresAt.toISOString() } };
    },

    async receiveBillingWebhook({ bytes }) {
      await takeIn(bytes);
      return { status: 200, body: { received: true } };
    },
  };
}
