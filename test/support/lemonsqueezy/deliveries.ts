import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import type { EventName } from './event-names.ts';
import { webhookHeaders } from './events.ts';
import type { LemonSqueezyStandInOptions, WebhookPath } from './options.ts';

/** One webhook and what has become of it. */
export interface Delivery {
  event: EventName;
  /** The exact text that each attempt sends. */
  body: string;
  attempts: number;
  status: 'delivered' | 'failed' | 'pending';
}

export type OutgoingEvent = Pick<Delivery, 'event' | 'body'>;

export interface Deliveries {
  /** In the order in which they started out. */
  list: Delivery[];
  /** Starts to deliver the events of one action, all at once and in the background. */
  send(events: OutgoingEvent[]): void;
  /** Resolves when nothing is being sent and nothing waits for a further attempt. */
  settled(): Promise<void>;
  /** Gives up on all that is under way. */
  stop(): Promise<void>;
}

/**
 * Seconds before each further attempt; behind the last the sender gives up.
 * Source: https://docs.lemonsqueezy.com/help/webhooks/webhook-requests.
 */
export const RETRY_WAITS = [5, 25, 125];

/** A receiver that says nothing for so long counts as not reached. The vendor doesn't tell its own limit. */
const ANSWER_LIMIT_MS = 30_000;

type Options = Pick<LemonSqueezyStandInOptions, 'webhookSecret' | 'webhookUrl' | 'timeScale' | 'sleep'>;

/** @param pathNow what happens to webhooks on their way, asked at each action. */
export function createDeliveries(options: Options, pathNow: () => WebhookPath): Deliveries {
  const list: Delivery[] = [];
  const underWay = new Set<Promise<void>>();
  const stopping = new AbortController();
  const stopped = once(stopping.signal, 'abort');
  const { timeScale = 1, sleep = (ms) => wait(ms, undefined, { signal: stopping.signal }) } = options;

  async function attempt({ event, body }: Delivery): Promise<boolean> {
    const url = typeof options.webhookUrl === 'function' ? options.webhookUrl() : options.webhookUrl;
    if (url === undefined) return false;
    try {
      const response = await fetch(url, {
        method: 'POST',
        headers: webhookHeaders(event, body, options.webhookSecret),
        body,
        redirect: 'manual',
        signal: AbortSignal.any([stopping.signal, AbortSignal.timeout(ANSWER_LIMIT_MS)]),
      });
      await response.arrayBuffer();
      return response.ok;
    } catch {
      return false;
    }
  }

  async function deliver(delivery: Delivery): Promise<void> {
    for (const seconds of [0, ...RETRY_WAITS]) {
      if (seconds > 0) await Promise.race([sleep(seconds * 1000 * timeScale), stopped]).catch(() => undefined);
      if (stopping.signal.aborted) break;
      delivery.attempts += 1;
      if (await attempt(delivery)) {
        delivery.status = 'delivered';
        return;
      }
    }
    delivery.status = 'failed';
  }

  function start(event: OutgoingEvent): void {
    const delivery: Delivery = { ...event, attempts: 0, status: 'pending' };
    list.push(delivery);
    if (pathNow().drop?.includes(event.event)) {
      delivery.status = 'failed';
      return;
    }
    const run = deliver(delivery).finally(() => underWay.delete(run));
    underWay.add(run);
  }

  async function settled(): Promise<void> {
    while (underWay.size > 0) await Promise.all(underWay);
  }

  return {
    list,
    send(events) {
      const { shuffle = (items) => items, duplicate = [] } = pathNow();
      const sent = events.flatMap((event) => (duplicate.includes(event.event) ? [event, event] : [event]));
      for (const event of shuffle(sent)) start(event);
    },
    settled,
    async stop() {
      stopping.abort();
      await settled();
    },
  };
}
