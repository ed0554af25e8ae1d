import { setTimeout as pause } from 'node:timers/promises';
import { type Customer, HISTORIES, liveThrough } from '../../crash/billing-histories.ts';
import type { Answer } from '../http.ts';
import { signatureOf } from '../webhooks.ts';
import type { Watch } from './watch.ts';
import { shopfrontOf, type World } from './world.ts';

/** What a seller has to tell, in a round. */
export interface Billing {
  customers: Customer[];
  /** Each as often as it is sent, in no order. */
  bodies: string[];
  /** Those that were answered with 200. */
  taken: Set<string>;
}

const CUSTOMERS = 2;
/** Senders at once. */
const LANES = 3;
const LONGEST_PAUSE_MS = 400;

/** New customers do something at the seller, which tells nobody yet. */
export async function prepareBilling(world: World, random: () => number): Promise<Billing> {
  const before = world.seller.deliveries.length;
  const customers = await world.withDatabase(async (database) => {
    const made: Customer[] = [];
    const place = { app: shopfrontOf(world, database), seller: world.seller, clock: world.sellerClock };
    for (let count = 0; count < CUSTOMERS; count += 1) {
      const history = HISTORIES[Math.floor(random() * HISTORIES.length)] as (typeof HISTORIES)[number];
      made.push(await liveThrough(place, history));
    }
    return made;
  });
  const once = world.seller.deliveries.slice(before).map(({ body }) => body);
  const bodies = [...once, ...once.filter(() => random() < 0.3)]
    .map((body) => ({ body, at: random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ body }) => body);
  return { customers, bodies, taken: new Set() };
}

/** Sends all of it, each until it is taken, as the seller does. */
export async function sendBilling({ bodies, taken }: Billing, watch: Watch, random: () => number): Promise<void> {
  const left = [...bodies];
  const lane = async (): Promise<void> => {
    for (let body = left.pop(); body !== undefined; body = left.pop()) {
      const webhook = body;
      if (await watch.insist(() => sendOnce(webhook, watch), 'a webhook')) taken.add(webhook);
      await pause(random() * LONGEST_PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** @returns undefined when it wasn't taken. */
export async function sendOnce(body: string, watch: Watch): Promise<Answer | undefined> {
  const answer = await watch.ask('POST', '/billing/webhook', { body, headers: { 'X-Signature': signatureOf(body) } });
  if (answer && answer.status !== 200) watch.faults.push(`a webhook: ${answer.status} ${answer.text}`);
  return answer;
}
