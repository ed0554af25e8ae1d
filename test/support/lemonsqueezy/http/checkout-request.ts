import { z } from 'zod';
import { type ApiError, apiError } from '../json-api.ts';
import type { CheckoutWishes } from '../objects/checkout.ts';
import type { LemonSqueezyStandInOptions, Variant } from '../options.ts';
import type { CustomData } from '../shop.ts';

export interface CheckoutRequest {
  variant: Variant;
  /** Of that variant. */
  quantity: number;
  customData: CustomData;
  wishes: CheckoutWishes;
  testMode: boolean | undefined;
}

type Outcome = { errors: [ApiError, ...ApiError[]]; request?: never } | { errors?: never; request: CheckoutRequest };

// The real API leaves its placeholder unfilled too, and says this of an empty text as well.
const customValue = z.string('The {0} field must be a string.').min(1, 'The {0} field must be a string.');
const related = (type: string) =>
  z.object({ data: z.object({ type: z.literal(type), id: z.string('The member id must be a string.') }) });

const Body = z.object({
  data: z.object({
    type: z.literal('checkouts'),
    attributes: z
      .looseObject({
        product_options: z.looseObject({ redirect_url: z.url({ protocol: /^https?$/ }).optional() }).optional(),
        checkout_options: z.looseObject({}).optional(),
        checkout_data: z
          .looseObject({
            email: z.email().optional(),
            name: z.string().optional(),
            custom: z.record(z.string(), customValue).optional(),
            variant_quantities: z
              .array(z.object({ variant_id: z.int().positive(), quantity: z.int().positive() }))
              .optional(),
          })
          .optional(),
        expires_at: z.iso.datetime({ offset: true }).nullish(),
        test_mode: z.boolean().optional(),
      })
      .optional(),
    relationships: z.object({ store: related('stores'), variant: related('variants') }),
  }),
});

/**
 * Reads the body of `POST /v1/checkouts`.
 * Source: https://docs.lemonsqueezy.com/api/checkouts/create-checkout. That ids and custom values must be texts isn't
 * written there, yet the API insists on it.
 */
export function readCheckoutRequest(
  body: string,
  { storeId, variants }: Pick<LemonSqueezyStandInOptions, 'storeId' | 'variants'>,
): Outcome {
  const json = parse(body);
  if (json === undefined) return { errors: [apiError(400, 'Invalid JSON: Syntax error')] };
  const result = Body.safeParse(json);
  if (!result.success) {
    const errors = result.error.issues.map(({ message, path }) => apiError(422, message, pointerTo(path)));
    return { errors: errors as [ApiError, ...ApiError[]] };
  }
  const { attributes = {}, relationships } = result.data.data;
  if (relationships.store.data.id !== storeId) return unknown('/data/relationships/store');
  const variant = variants.find(({ id }) => id === relationships.variant.data.id);
  if (!variant) return unknown('/data/relationships/variant');
  const { custom = {}, variant_quantities = [] } = attributes.checkout_data ?? {};
  const ordered = variant_quantities.find(({ variant_id }) => String(variant_id) === variant.id);
  const { test_mode: testMode, ...wishes } = attributes;
  return { request: { variant, quantity: ordered?.quantity ?? 1, customData: custom, wishes, testMode } };
}

function unknown(pointer: string): Outcome {
  return { errors: [apiError(404, 'The related resource does not exist.', pointer)] };
}

function pointerTo(path: PropertyKey[]): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
