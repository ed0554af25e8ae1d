/** The figures of something paid, in whole US cents; taxes and discounts don't occur in the stand-in. */
export interface Amounts {
  total: number;
  refunded: number;
}

/**
 * The attributes about money that orders and invoices share. Sources: https://docs.lemonsqueezy.com/api/orders,
 * https://docs.lemonsqueezy.com/api/subscription-invoices.
 */
export function moneyAttributes({ total, refunded }: Amounts) {
  return {
    currency: 'USD',
    currency_rate: '1.0000',
    subtotal: total,
    discount_total: 0,
    tax: 0,
    total,
    refunded_amount: refunded,
    subtotal_usd: total,
    discount_total_usd: 0,
    tax_usd: 0,
    total_usd: total,
    refunded_amount_usd: refunded,
    tax_inclusive: false,
    subtotal_formatted: dollars(total),
    discount_total_formatted: dollars(0),
    tax_formatted: dollars(0),
    total_formatted: dollars(total),
    refunded_amount_formatted: dollars(refunded),
  };
}

/** Paid, refunded in part or as a whole; `refunded` and `refunded_at` are told for whole refunds only. */
export function refundAttributes({ total, refunded }: Amounts, at: string) {
  const whole = refunded >= total;
  return {
    status: whole ? 'refunded' : 'partial_refund',
    status_formatted: whole ? 'Refunded' : 'Partial Refund',
    refunded: whole,
    refunded_at: whole ? at : null,
    refunded_amount: refunded,
    refunded_amount_usd: refunded,
    refunded_amount_formatted: dollars(refunded),
    updated_at: at,
  };
}

export function dollars(cents: number): string {
  return `$${(cents / 100).toFixed(2)}`;
}
