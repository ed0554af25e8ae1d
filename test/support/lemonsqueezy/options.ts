import type { EventName } from './event-names.ts';

/** One thing that the store sells. */
export interface Variant {
  /** Digits, as the vendor's ids are: text in JSON:API ids, a number in attributes. */
  id: string;
  name: string;
  /** Variants with one product name belong to one product. */
  productName: string;
  kind: 'plan' | 'addon';
  /** Days of a free trial that the checkout page gives; absent: none. */
  trialDays?: number;
  /** US cents per unit and month; default 1,000. */
  price?: number;
}

/** What happens to webhooks on their way. It may be changed at any time. */
export interface WebhookPath {
  /** The order in which the events of one action start out; default: as they are. */
  shuffle?: <T>(items: T[]) => T[];
  /** Events that are never sent, as if the sender had given up. */
  drop?: EventName[];
  /** Events that are sent twice, byte for byte the same. */
  duplicate?: EventName[];
}

/** What API calls come to instead of their answer. An empty object: nothing is wrong. */
export interface Faults {
  /** Answers every call with this status. 429 carries `Retry-After`. */
  status?: number;
  /** Value of `Retry-After` in seconds; default 60. */
  retryAfterSeconds?: number;
  /** Waits so long before it answers; `hang`: never answers. */
  delayMs?: number | 'hang';
  /** How many more calls this holds for; absent: all. It is counted down in this object. */
  count?: number;
}

export interface LemonSqueezyStandInOptions extends WebhookPath {
  /** Default 0: any free port. */
  port?: number;
  apiKey: string;
  /** Digits. */
  storeId: string;
  webhookSecret: string;
  /** Asked anew for each attempt. While it is undefined, an attempt fails as if nothing listened. */
  webhookUrl: string | (() => string | undefined);
  variants: Variant[];
  clock: { now(): Date };
  /** Mode of everything that is made, unless its checkout says otherwise. */
  testMode: boolean;
  /** Factor on the waits between attempts: 1 (default) is the vendor's pace, 0 at once. */
  timeScale?: number;
  /** Waits for so many milliseconds, scaled already; default: real time. */
  sleep?: (ms: number) => Promise<void>;
}
