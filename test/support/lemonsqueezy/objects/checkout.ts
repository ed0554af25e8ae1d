/** What callers may set; all of it optional. */
export interface CheckoutWishes {
  product_options?: Record<string, unknown> & { redirect_url?: string | undefined };
  checkout_options?: Record<string, unknown>;
  checkout_data?: Record<string, unknown> & { email?: string | undefined; name?: string | undefined };
  /** ISO time. */
  expires_at?: string | null | undefined;
}

/** What a new checkout is made of; `at` and `expiresAt` as the vendor writes times. */
export interface NewCheckout {
  id: string;
  storeId: number;
  variantId: number;
  wishes: CheckoutWishes;
  expiresAt: string | null;
  at: string;
  testMode: boolean;
  origin: string;
}

export type CheckoutAttributes = ReturnType<typeof newCheckout>;

/** Source: https://docs.lemonsqueezy.com/api/checkouts. What was left out shows the vendor's default. */
export function newCheckout({ id, storeId, variantId, wishes, expiresAt, at, testMode, origin }: NewCheckout) {
  return {
    store_id: storeId,
    variant_id: variantId,
    custom_price: null,
    product_options: {
      name: '',
      description: '',
      media: [],
      redirect_url: '',
      receipt_button_text: '',
      receipt_link_url: '',
      receipt_thank_you_note: '',
      enabled_variants: [],
      ...wishes.product_options,
    },
    checkout_options: {
      embed: false,
      media: true,
      logo: true,
      desc: true,
      discount: true,
      skip_trial: false,
      subscription_preview: true,
      button_color: '#7047EB',
      ...wishes.checkout_options,
    },
    checkout_data: {
      email: '',
      name: '',
      billing_address: [],
      tax_number: '',
      discount_code: '',
      custom: [],
      variant_quantities: [],
      ...wishes.checkout_data,
    },
    expires_at: expiresAt,
    created_at: at,
    updated_at: at,
    test_mode: testMode,
    url: `${origin}/checkout/${id}`,
  };
}
