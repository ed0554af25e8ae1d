import type { StandInActions } from '../actions/index.ts';
import { stateOf } from '../actions/purchase.ts';
import { priceOf, type Shop } from '../shop.ts';
import { notePage, payPage } from './checkout-page.ts';
import type { Answer, Handler } from './server.ts';

/** What a browser sees: `GET /checkout/{id}` and `POST /checkout/{id}/pay`. */
export function createCheckoutPages(shop: Shop, actions: StandInActions): Handler {
  return async ({ method, path }) => {
    const [, id = '', pay] = /^\/checkout\/([^/]+)(\/pay)?$/.exec(path) ?? [];
    const checkout = shop.checkouts.get(id);
    if (!checkout) return notePage(404, 'No such checkout', 'This address leads to no checkout.');
    if (method !== (pay ? 'POST' : 'GET')) return notePage(405, 'Not like this', `Nothing answers ${method} here.`);
    const state = stateOf(shop, checkout);
    if (state === 'expired') return notePage(410, 'Checkout expired', 'Ask for a new one; nothing was charged.');
    if (state === 'paid') return notePage(410, 'Paid already', 'This checkout was paid; it charges nothing again.');
    if (!pay) return payPage(checkout, priceOf(checkout.variant, checkout.quantity));
    await (checkout.variant.trialDays === undefined ? actions.pay(id) : actions.payWithTrial(id));
    return thank(checkout.attributes.product_options.redirect_url);
  };
}

function thank(redirectUrl: string): Answer {
  if (redirectUrl) return { status: 303, headers: { Location: redirectUrl }, body: '' };
  return notePage(200, 'Thank you', 'It is paid. You can close this page.');
}
