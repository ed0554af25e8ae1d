import { z } from 'zod';
import type { StandInActions } from '../actions/index.ts';
import type { Faults } from '../options.ts';
import { Refusal } from '../refusal.ts';
import type { Shop } from '../shop.ts';
import type { Answer, Handler } from './server.ts';

type Act = (actions: StandInActions, id: string, body: unknown) => Promise<unknown>;

const Pause = z.strictObject({ mode: z.enum(['void', 'free']).optional() });
const VariantChange = z.strictObject({ variant_id: z.string() });
const QuantityChange = z.strictObject({ quantity: z.int().positive() });
const Refund = z.strictObject({ partial: z.boolean().optional() });
const FaultSwitch = z.strictObject({
  status: z.int().min(400).max(599).optional(),
  retryAfterSeconds: z.int().min(0).optional(),
  delayMs: z.union([z.int().min(0), z.literal('hang')]).optional(),
  count: z.int().min(0).optional(),
});

/** By `{things}/{action}`: what `POST /stand-in/{things}/{id}/{action}` does. */
const ACTS: Record<string, Act> = {
  'checkouts/pay': (actions, id) => actions.pay(id),
  'checkouts/pay-with-trial': (actions, id) => actions.payWithTrial(id),
  'subscriptions/renew': (actions, id) => actions.renew(id),
  'subscriptions/fail-payment': (actions, id) => actions.failPayment(id),
  'subscriptions/recover': (actions, id) => actions.recover(id),
  'subscriptions/unpaid': (actions, id) => actions.unpaid(id),
  'subscriptions/cancel': (actions, id) => actions.cancel(id),
  'subscriptions/resume': (actions, id) => actions.resume(id),
  'subscriptions/expire': (actions, id) => actions.expire(id),
  'subscriptions/pause': (actions, id, body) => actions.pause(id, Pause.parse(body)),
  'subscriptions/unpause': (actions, id) => actions.unpause(id),
  'subscriptions/change-variant': (actions, id, body) =>
    actions.changeVariant(id, VariantChange.parse(body).variant_id),
  'subscriptions/change-quantity': (actions, id, body) =>
    actions.changeQuantity(id, QuantityChange.parse(body).quantity),
  'orders/refund': (actions, id, body) => actions.refundOrder(id, Refund.parse(body)),
  'invoices/refund': (actions, id, body) => actions.refundInvoice(id, Refund.parse(body)),
};

/**
 * The actions over HTTP, for demonstrations: `POST /stand-in/{things}/{id}/{action}`, `POST /stand-in/faults`, and
 * `GET /stand-in`, which lists what there is. Bodies are JSON objects; none counts as an empty one.
 */
export function createControl(shop: Shop, actions: StandInActions, setFaults: (faults: Faults) => void): Handler {
  async function run({ method, path, body }: { method: string; path: string; body: string }): Promise<object> {
    if (path === '/stand-in' && method === 'GET') return overview(shop);
    if (method !== 'POST') throw new Refusal(404, `nothing answers ${method} here`);
    const json: unknown = body === '' ? {} : JSON.parse(body);
    if (path === '/stand-in/faults') {
      const faults = FaultSwitch.parse(json);
      setFaults(faults);
      return faults;
    }
    const [, things, id = '', action] = /^\/stand-in\/([a-z]+)\/([^/]+)\/([a-z-]+)$/.exec(path) ?? [];
    const act = Object.hasOwn(ACTS, `${things}/${action}`) ? ACTS[`${things}/${action}`] : undefined;
    if (!act) throw new Refusal(404, 'there is no such action');
    return ((await act(actions, id, json)) as object | undefined) ?? {};
  }

  return async (request) => {
    try {
      return answer(200, await run(request));
    } catch (error) {
      if (error instanceof Refusal) return answer(error.status, { error: error.message });
      if (error instanceof z.ZodError) return answer(422, { error: z.prettifyError(error) });
      if (error instanceof SyntaxError) return answer(400, { error: 'the body is no JSON' });
      throw error;
    }
  };
}

function overview({ checkouts, orders, subscriptions, invoices }: Shop): object {
  return {
    checkouts: [...checkouts.values()].map(({ id, paid, attributes }) => ({ id, paid, url: attributes.url })),
    orders: [...orders.values()].map(({ id, attributes }) => ({ id: String(id), status: attributes.status })),
    subscriptions: [...subscriptions.values()].map(({ id, attributes }) => ({
      id: String(id),
      status: attributes.status,
      variant_id: String(attributes.variant_id),
      renews_at: attributes.renews_at,
    })),
    invoices: [...invoices.values()].map(({ id, attributes }) => ({
      id: String(id),
      subscription_id: String(attributes.subscription_id),
      status: attributes.status,
    })),
  };
}

function answer(status: number, body: object): Answer {
  return { status, headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
}
