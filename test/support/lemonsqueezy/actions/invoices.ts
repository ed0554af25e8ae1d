import { type BillingReason, newInvoice, paymentAttributes } from '../objects/invoice.ts';
import { type Invoice, priceOf, type Shop, type Subscription } from '../shop.ts';

/** Makes the invoice of one payment of a subscription, at its present variant and quantity. */
export function issueInvoice(
  shop: Shop,
  { id: subscriptionId, attributes }: Subscription,
  reason: BillingReason,
  paid: boolean,
): Invoice {
  const id = shop.nextId();
  const total = priceOf(shop.variant(String(attributes.variant_id)), attributes.first_subscription_item.quantity);
  const values = { id, subscriptionId, subscription: attributes, reason, paid, total };
  const invoice = { id, attributes: newInvoice({ ...values, at: shop.stamp(), origin: shop.origin }) };
  shop.invoices.set(String(id), invoice);
  return invoice;
}

/** Marks an open invoice as paid. */
export function settleInvoice(shop: Shop, invoice: Invoice): void {
  const { id, attributes } = invoice;
  invoice.attributes = { ...attributes, ...paymentAttributes(id, true, shop.origin), updated_at: shop.stamp() };
}
