import { type Amounts, refundAttributes } from '../objects/money.ts';
import { Refusal } from '../refusal.ts';
import { find, type Shop } from '../shop.ts';

export interface RefundOptions {
  /** True: half of the total; a second half makes it whole. Default: all that is left. */
  partial?: boolean;
}

/** Money that goes back. The subscription stays as it is. A Refusal where nothing is left to give back. */
export interface RefundActions {
  /** Sends order_refunded. */
  refundOrder(orderId: string, options?: RefundOptions): Promise<void>;
  /** Sends subscription_payment_refunded. */
  refundInvoice(invoiceId: string, options?: RefundOptions): Promise<void>;
}

export function createRefundActions(shop: Shop): RefundActions {
  return {
    async refundOrder(id, options) {
      const order = find(shop.orders, id);
      const amounts = giveBack(order.attributes, options);
      order.attributes = { ...order.attributes, ...refundAttributes(amounts, shop.stamp()) };
      shop.tell({ names: ['order_refunded'], type: 'orders', of: order });
    },
    async refundInvoice(id, options) {
      const invoice = find(shop.invoices, id);
      if (invoice.attributes.status === 'pending') throw new Refusal(409, 'the invoice was never paid');
      const amounts = giveBack(invoice.attributes, options);
      invoice.attributes = { ...invoice.attributes, ...refundAttributes(amounts, shop.stamp()) };
      shop.tell({ names: ['subscription_payment_refunded'], type: 'subscription-invoices', of: invoice });
    },
  };
}

/** The amounts behind a refund, in US cents. */
function giveBack(paid: { total: number; refunded_amount: number }, { partial = false }: RefundOptions = {}): Amounts {
  const left = paid.total - paid.refunded_amount;
  if (left <= 0) throw new Refusal(409, 'nothing is left to refund');
  const refunded = paid.refunded_amount + (partial ? Math.min(left, Math.ceil(paid.total / 2)) : left);
  return { total: paid.total, refunded };
}
