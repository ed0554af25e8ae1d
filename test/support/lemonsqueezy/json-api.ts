/** A JSON:API resource object. `id` is text, while ids in attributes are numbers. */
export interface Resource<Attributes extends object = object> {
  type: string;
  id: string;
  attributes: Attributes;
  relationships: Record<string, { links: { related: string; self: string } }>;
  links: { self: string };
}

/** An error as the API tells it; `status` is text. */
export interface ApiError {
  detail: string;
  status: string;
  title: string;
  source?: { pointer: string };
}

export const JSON_API_TYPE = 'application/vnd.api+json';

const RELATIONS: Record<string, string[]> = {
  checkouts: ['store', 'variant'],
  subscriptions: [
    'store',
    'customer',
    'order',
    'order-item',
    'product',
    'variant',
    'subscription-items',
    'subscription-invoices',
  ],
  'subscription-invoices': ['store', 'subscription', 'customer'],
  orders: ['store', 'customer', 'order-items', 'subscriptions', 'license-keys', 'discount-redemptions'],
  'license-keys': ['store', 'customer', 'order', 'order-item', 'product', 'license-key-instances'],
  affiliates: ['store', 'user'],
};

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  413: 'Payload Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Wraps attributes as a resource with the links that the vendor's objects have. */
export function toResource<Attributes extends object>(
  type: string,
  id: number | string,
  attributes: Attributes,
  origin: string,
): Resource<Attributes> {
  const self = `${origin}/v1/${type}/${id}`;
  const relationships = (RELATIONS[type] ?? []).map((name) => [
    name,
    { links: { related: `${self}/${name}`, self: `${self}/relationships/${name}` } },
  ]);
  return { type, id: String(id), attributes, relationships: Object.fromEntries(relationships), links: { self } };
}

/** @param pointer JSON pointer to what is wrong in the request's body. */
export function apiError(status: number, detail: string, pointer?: string): ApiError {
  return {
    detail,
    ...(pointer === undefined ? {} : { source: { pointer } }),
    status: String(status),
    title: TITLES[status] ?? 'Error',
  };
}
