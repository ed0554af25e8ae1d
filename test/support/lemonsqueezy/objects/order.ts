import { moneyAttributes } from './money.ts';

/** What a new order is made of; `total` in US cents, `at` as the vendor writes times. */
export interface NewOrder {
  id: number;
  storeId: number;
  customerId: number;
  itemId: number;
  productId: number;
  variantId: number;
  priceId: number;
  productName: string;
  variantName: string;
  userName: string;
  userEmail: string;
  quantity: number;
  total: number;
  /** A UUID. */
  identifier: string;
  orderNumber: number;
  at: string;
  testMode: boolean;
  origin: string;
}

export type OrderAttributes = ReturnType<typeof newOrder>;

/** A paid order. Source: https://docs.lemonsqueezy.com/api/orders. */
export function newOrder(values: NewOrder) {
  const { id, at, total, testMode } = values;
  return {
    store_id: values.storeId,
    customer_id: values.customerId,
    identifier: values.identifier,
    order_number: values.orderNumber,
    user_name: values.userName,
    user_email: values.userEmail,
    ...moneyAttributes({ total, refunded: 0 }),
    setup_fee: 0,
    setup_fee_usd: 0,
    setup_fee_formatted: '$0.00',
    tax_name: null as string | null,
    tax_rate: '0.00',
    status: 'paid',
    status_formatted: 'Paid',
    refunded: false,
    refunded_at: null as string | null,
    first_order_item: {
      id: values.itemId,
      order_id: id,
      product_id: values.productId,
      variant_id: values.variantId,
      price_id: values.priceId,
      product_name: values.productName,
      variant_name: values.variantName,
      price: total,
      quantity: values.quantity,
      created_at: at,
      updated_at: at,
      test_mode: testMode,
    },
    urls: { receipt: `${values.origin}/my-orders/${values.identifier}` },
    created_at: at,
    updated_at: at,
    test_mode: testMode,
  };
}
