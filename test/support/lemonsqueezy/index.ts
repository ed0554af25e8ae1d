import type { IncomingHttpHeaders } from 'node:http';
import { createActions, type StandInActions } from './actions/index.ts';
import { createDeliveries, type Delivery } from './deliveries.ts';
import { createApi } from './http/api.ts';
import { notePage } from './http/checkout-page.ts';
import { createCheckoutPages } from './http/checkout-pages.ts';
import { createControl } from './http/control.ts';
import { withFaults } from './http/faulty.ts';
import { type Handler, type Incoming, listen } from './http/server.ts';
import type { SubscriptionAttributes } from './objects/subscription.ts';
import type { Faults, LemonSqueezyStandInOptions, WebhookPath } from './options.ts';
import { createShop, find } from './shop.ts';

export type { PauseOptions } from './actions/lifecycle.ts';
export type { Receipt } from './actions/receipt.ts';
export type { RefundOptions } from './actions/refunds.ts';
export { type Delivery, RETRY_WAITS } from './deliveries.ts';
export { ALL_EVENT_NAMES, EVENT_OBJECTS, type EventName } from './event-names.ts';
export { buildEvent, type EventData, type EventOptions, signWebhook, webhookHeaders } from './events.ts';
export type { SubscriptionAttributes, SubscriptionStatus } from './objects/subscription.ts';
export type { Faults, LemonSqueezyStandInOptions, Variant, WebhookPath } from './options.ts';
export { Refusal } from './refusal.ts';
export { vendorTime } from './time.ts';

/** An API call that came in, whatever it came to. */
export interface RecordedRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  /** Parsed where it is JSON, else the text; undefined where there was none. */
  body: unknown;
}

export interface LemonSqueezyStandIn extends StandInActions {
  /** Without a slash at its end; the API lies below `/v1`. */
  url: string;
  requests: RecordedRequest[];
  /** Every webhook of every action, dropped ones too (failed, without an attempt). */
  deliveries: Delivery[];
  /** What API calls come to. It may be replaced or changed at any time. */
  faults: Faults;
  /** What happens to webhooks. It may be replaced or changed at any time. */
  webhooks: WebhookPath;
  /** Resolves when no webhook is on its way or waits for a further attempt. */
  settled(): Promise<void>;
  /** The subscription as it is now. @throws Refusal 404 */
  subscription(id: string): SubscriptionAttributes;
  /** Gives up on webhooks under way and hangs up on callers. */
  close(): Promise<void>;
}

/**
 * Starts a small LemonSqueezy on 127.0.0.1: its API for checkouts and subscriptions, a checkout page, webhooks, and
 * everything that can happen to a subscription, as functions and below `/stand-in`.
 */
export async function startLemonSqueezyStandIn(options: LemonSqueezyStandInOptions): Promise<LemonSqueezyStandIn> {
  const { shuffle, drop, duplicate } = options;
  const switches: { faults: Faults; webhooks: WebhookPath } = {
    faults: {},
    webhooks: { shuffle, drop, duplicate },
  };
  const requests: RecordedRequest[] = [];
  const deliveries = createDeliveries(options, () => switches.webhooks);
  const shop = createShop(options, deliveries);
  const actions = createActions(shop);

  const api = withFaults(createApi(shop), () => switches.faults);
  const pages = createCheckoutPages(shop, actions);
  const control = createControl(shop, actions, (faults) => {
    switches.faults = faults;
  });
  const handler: Handler = async (request) => {
    if (isBelow(request, '/v1')) {
      requests.push(record(request));
      return await api(request);
    }
    if (isBelow(request, '/checkout')) return await pages(request);
    if (isBelow(request, '/stand-in')) return await control(request);
    return notePage(404, 'Nothing here', 'The stand-in for Lemon Squeezy has no such page.');
  };

  const server = await listen(handler, options.port ?? 0);
  shop.origin = server.url;
  return {
    ...actions,
    url: server.url,
    requests,
    deliveries: deliveries.list,
    get faults() {
      return switches.faults;
    },
    set faults(faults) {
      switches.faults = faults;
    },
    get webhooks() {
      return switches.webhooks;
    },
    set webhooks(webhooks) {
      switches.webhooks = webhooks;
    },
    settled: deliveries.settled,
    subscription: (id) => find(shop.subscriptions, id).attributes,
    async close() {
      await deliveries.stop();
      await server.close();
    },
  };
}

function isBelow({ path }: Incoming, root: string): boolean {
  return path === root || path.startsWith(`${root}/`);
}

function record({ method, path, headers, body }: Incoming): RecordedRequest {
  if (body === '') return { method, path, headers, body: undefined };
  try {
    return { method, path, headers, body: JSON.parse(body) };
  } catch {
    return { method, path, headers, body };
  }
}
