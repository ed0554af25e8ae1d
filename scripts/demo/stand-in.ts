/** The seller's stand-in, as far as the demo acts as its customer. */
export interface StandIn {
  /** Pays a checkout by card, as it were. */
  pay(checkoutUrl: string): Promise<{ subscriptionId: string }>;
  cancel(subscriptionId: string): Promise<void>;
  /** The day until which a subscription is paid. */
  paidUntil(subscriptionId: string): Promise<string>;
}

const LOOPBACK = new Set(['127.0.0.1', 'localhost', '[::1]']);

/** The stand-in that a checkout page belongs to; undefined if it is the real seller's page. */
export function standInOf(checkoutUrl: string): StandIn | undefined {
  const { origin, hostname } = new URL(checkoutUrl);
  if (!LOOPBACK.has(hostname)) return undefined;

  async function ask<T>(method: string, path: string): Promise<T> {
    const response = await fetch(`${origin}/stand-in${path}`, { method });
    const text = await response.text();
    if (!response.ok) throw new Error(`The seller's stand-in answered ${response.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  return {
    pay: (url) => ask('POST', `/checkouts/${new URL(url).pathname.split('/').at(-1)}/pay`),
    cancel: (id) => ask('POST', `/subscriptions/${id}/cancel`),
    async paidUntil(id) {
      const { subscriptions } = await ask<{ subscriptions: { id: string; renews_at: string }[] }>('GET', '');
      return subscriptions.find((subscription) => subscription.id === id)?.renews_at.slice(0, 10) ?? '';
    },
  };
}
