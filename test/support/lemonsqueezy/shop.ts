import { randomInt } from 'node:crypto';
import type { Deliveries } from './deliveries.ts';
import type { EventName } from './event-names.ts';
import { buildEvent } from './events.ts';
import { toResource } from './json-api.ts';
import type { CheckoutAttributes } from './objects/checkout.ts';
import type { InvoiceAttributes } from './objects/invoice.ts';
import type { OrderAttributes } from './objects/order.ts';
import type { SubscriptionAttributes } from './objects/subscription.ts';
import type { LemonSqueezyStandInOptions, Variant } from './options.ts';
import { Refusal } from './refusal.ts';
import { vendorTime } from './time.ts';

export type CustomData = Record<string, string>;

export interface Checkout {
  id: string;
  attributes: CheckoutAttributes;
  variant: Variant;
  quantity: number;
  customData: CustomData;
  paid: boolean;
}

export interface Order {
  id: number;
  attributes: OrderAttributes;
  customData: CustomData;
}

export interface Subscription {
  id: number;
  attributes: SubscriptionAttributes;
  customData: CustomData;
  /** The end of the time paid for, which `renews_at` no longer tells once a payment has failed. */
  dueAt: Date;
  /** The invoice of the payment that failed, until it is paid. */
  openInvoice: Invoice | undefined;
}

export interface Invoice {
  id: number;
  attributes: InvoiceAttributes;
}

/** An event to tell and the object to tell it of. */
export type News =
  | { names: EventName[]; type: 'orders'; of: Order }
  | { names: EventName[]; type: 'subscriptions'; of: Subscription }
  | { names: EventName[]; type: 'subscription-invoices'; of: Invoice };

/** All that the stand-in remembers. */
export interface Shop {
  options: LemonSqueezyStandInOptions;
  /** Where the stand-in is reached; known once it listens. */
  origin: string;
  checkouts: Map<string, Checkout>;
  orders: Map<string, Order>;
  subscriptions: Map<string, Subscription>;
  invoices: Map<string, Invoice>;
  nextId(): number;
  /** The same number for the same name, a new one for a new name. */
  idOf(kind: 'customer' | 'product' | 'price', name: string): number;
  /** @throws Refusal 422 for a variant that isn't sold. */
  variant(id: string): Variant;
  now(): Date;
  /** Now, as the vendor writes times. */
  stamp(): string;
  /** Sends the events of one action, showing their objects as they are at this moment. */
  tell(...news: News[]): void;
}

/** @throws Error for a store or a variant whose id isn't made of digits, which JSON:API attributes couldn't show. */
export function createShop(options: LemonSqueezyStandInOptions, deliveries: Deliveries): Shop {
  for (const id of [options.storeId, ...options.variants.map((variant) => variant.id)]) {
    if (!/^[1-9]\d{0,14}$/.test(id)) throw new Error(`ids of stores and variants must be digits: ${id}`);
  }
  // Restarts must not give out ids that a database knows from an earlier life.
  let lastId = randomInt(1_000_000, 1_000_000_000);
  const named = new Map<string, number>();
  const shop: Shop = {
    options,
    origin: '',
    checkouts: new Map(),
    orders: new Map(),
    subscriptions: new Map(),
    invoices: new Map(),
    nextId() {
      lastId += 1;
      return lastId;
    },
    idOf(kind, name) {
      const key = `${kind} ${name}`;
      const id = named.get(key) ?? shop.nextId();
      named.set(key, id);
      return id;
    },
    variant(id) {
      const variant = options.variants.find((candidate) => candidate.id === id);
      if (!variant) throw new Refusal(422, `no variant ${id} is sold`);
      return variant;
    },
    now: () => options.clock.now(),
    stamp: () => vendorTime(shop.now()),
    tell(...news) {
      const events = news.flatMap(({ names, type, of }) => {
        const resource = toResource(type, of.id, of.attributes, shop.origin);
        const customData = 'customData' in of && Object.keys(of.customData).length > 0 ? of.customData : undefined;
        const options = { testMode: of.attributes.test_mode, ...(customData ? { customData } : {}) };
        return names.map((event) => ({ event, body: buildEvent(event, resource, options) }));
      });
      deliveries.send(events);
    },
  };
  return shop;
}

/** @throws Refusal 404 where nothing has this id. */
export function find<T>(things: Map<string, T>, id: string): T {
  const thing = things.get(id);
  if (!thing) throw new Refusal(404, `nothing has the id ${id}`);
  return thing;
}

/** What one payment of this variant costs, in US cents. */
export function priceOf(variant: Variant, quantity: number): number {
  return (variant.price ?? 1000) * quantity;
}
