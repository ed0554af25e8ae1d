import { randomUUID } from 'node:crypto';
import { type ApiError, apiError, JSON_API_TYPE, type Resource, toResource } from '../json-api.ts';
import { newCheckout } from '../objects/checkout.ts';
import type { Shop } from '../shop.ts';
import { vendorTime } from '../time.ts';
import { readCheckoutRequest } from './checkout-request.ts';
import type { Answer, Handler, Incoming } from './server.ts';

/** The vendor's REST API, as far as this project calls it. Source: https://docs.lemonsqueezy.com/api. */
export function createApi(shop: Shop): Handler {
  const { apiKey } = shop.options;
  return async (request) => {
    const { method, path, headers } = request;
    if (headers.authorization !== `Bearer ${apiKey}`) return refuse(apiError(401, 'Unauthenticated.'));
    if (!acceptsJsonApi(headers.accept)) return refuse(apiError(406, `Only ${JSON_API_TYPE} can be had.`));
    if (path === '/v1/checkouts') {
      if (method !== 'POST') return refuse(apiError(405, `The ${method} method is not supported.`));
      return createCheckout(shop, request);
    }
    const subscriptionId = /^\/v1\/subscriptions\/([^/]+)$/.exec(path)?.[1];
    if (subscriptionId === undefined) return refuse(apiError(404, 'The route could not be found.'));
    if (method !== 'GET') return refuse(apiError(405, `The ${method} method is not supported.`));
    return readSubscription(shop, subscriptionId);
  };
}

/** @param errors all of one status, which the answer takes over. */
export function refuse(...errors: [ApiError, ...ApiError[]]): Answer {
  return answer(Number(errors[0].status), { errors });
}

function createCheckout(shop: Shop, { headers, body }: Incoming): Answer {
  if (!headers['content-type']?.startsWith(JSON_API_TYPE)) {
    return refuse(apiError(415, `The content type must be ${JSON_API_TYPE}.`));
  }
  const { errors, request } = readCheckoutRequest(body, shop.options);
  if (!request) return refuse(...errors);
  const { variant, quantity, customData, wishes, testMode } = request;
  const id = randomUUID();
  const attributes = newCheckout({
    id,
    storeId: Number(shop.options.storeId),
    variantId: Number(variant.id),
    wishes,
    expiresAt: wishes.expires_at ? vendorTime(new Date(wishes.expires_at)) : null,
    at: shop.stamp(),
    testMode: testMode ?? shop.options.testMode,
    origin: shop.origin,
  });
  shop.checkouts.set(id, { id, attributes, variant, quantity, customData, paid: false });
  return show(201, toResource('checkouts', id, attributes, shop.origin));
}

function readSubscription(shop: Shop, id: string): Answer {
  const subscription = shop.subscriptions.get(id);
  if (!subscription) return refuse(apiError(404, 'The requested resource does not exist.'));
  return show(200, toResource('subscriptions', id, subscription.attributes, shop.origin));
}

function show(status: number, data: Resource): Answer {
  return answer(status, { links: data.links, data });
}

function answer(status: number, document: object): Answer {
  const headers = { 'Content-Type': JSON_API_TYPE };
  return { status, headers, body: JSON.stringify({ jsonapi: { version: '1.0' }, ...document }) };
}

function acceptsJsonApi(accept = '*/*'): boolean {
  return [JSON_API_TYPE, 'application/*', '*/*'].some((type) => accept.includes(type));
}
