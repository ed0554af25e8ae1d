/** Where the seller is reached, and as whom. */
export interface SellerOptions {
  /** Origin without a trailing slash. */
  baseUrl: string;
  apiKey: string;
  /** Injected, so that tests can see what is sent. */
  fetch?: typeof fetch;
  timeoutMs?: number;
}

/** What a checkout is to sell, and to whom. */
export interface CheckoutOrder {
  storeId: string;
  variantId: string;
  quantity: number;
  userId: string;
  email: string;
  name: string;
  redirectUrl: string | undefined;
  expiresAt: Date;
  testMode: boolean;
}

/** LemonSqueezy's API as far as we use it (https://docs.lemonsqueezy.com/api). */
export interface Seller {
  /** Returns the address of the page that sells. @throws SellerUnavailableError, SellerRefusedError */
  createCheckout(order: CheckoutOrder): Promise<string>;
  /** The attributes of a subscription; null when there is none. @throws SellerUnavailableError, SellerRefusedError */
  findSubscription(id: string): Promise<unknown>;
}

/** The seller doesn't answer, or only that it cannot now: to be tried again. */
export class SellerUnavailableError extends Error {
  override name = 'SellerUnavailableError';
  /** Seconds to wait, if the seller said so. */
  readonly retryAfter: number | undefined;

  constructor(message: string, options: { cause?: unknown; retryAfter?: number | undefined } = {}) {
    super(message, { cause: options.cause });
    this.retryAfter = options.retryAfter;
  }
}

/** The seller doesn't take what we sent: a fault of ours, which trying again doesn't mend. Its words are for the log. */
export class SellerRefusedError extends Error {
  override name = 'SellerRefusedError';
  /** Of the answer; undefined: nothing was asked. */
  readonly status: number | undefined;

  constructor(message: string, status?: number) {
    super(message);
    this.status = status;
  }
}

/** Longest wait for an answer, in milliseconds: a person waits behind a checkout. */
const TIMEOUT_MS = 8_000;
const MEDIA_TYPE = 'application/vnd.api+json';
/** What is logged of a refusal, in characters. */
const LONGEST_DETAIL = 500;

/** The vendor's own library knows neither another address nor a time limit, so the two calls are made by hand. */
export function createSeller(options: SellerOptions): Seller {
  const { baseUrl, apiKey, fetch: send = fetch, timeoutMs = TIMEOUT_MS } = options;

  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await send(`${baseUrl}${path}`, {
      method,
      headers: { Accept: MEDIA_TYPE, 'Content-Type': MEDIA_TYPE, Authorization: `Bearer ${apiKey}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
      // What we send is for this host alone: an answer that leads elsewhere is one that is refused.
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    })
      .then(async (response) => ({ response, text: await response.text() }))
      .catch((cause: unknown) => {
        throw new SellerUnavailableError(`${method} ${path} got no answer`, { cause });
      });
    const { status, headers } = answer.response;
    if (status === 429 || status >= 500) {
      const wait = Number(headers.get('Retry-After') ?? Number.NaN);
      const retryAfter = Number.isFinite(wait) ? Math.ceil(wait) : undefined;
      throw new SellerUnavailableError(`${method} ${path} was answered ${status}`, { retryAfter });
    }
    if (status === 404 && method === 'GET') return null;
    if (status >= 300) {
      const detail = answer.text.slice(0, LONGEST_DETAIL);
      throw new SellerRefusedError(`${method} ${path} was answered ${status}: ${detail}`, status);
    }
    return parse(answer.text, `${method} ${path}`);
  };

  return {
    async createCheckout(order) {
      const answer = await call('POST', '/v1/checkouts', checkoutBody(order));
      const url = attributesOf(answer).url;
      if (typeof url !== 'string' || !/^https?:\/\//.test(url)) {
        throw new SellerUnavailableError('POST /v1/checkouts was answered without an address');
      }
      return url;
    },

    async findSubscription(id) {
      const answer = await call('GET', `/v1/subscriptions/${encodeURIComponent(id)}`);
      return answer === null ? null : attributesOf(answer);
    },
  };
}

/** JSON:API wants ids as text, and custom values too; quantities are the exception. */
function checkoutBody(order: CheckoutOrder): object {
  return {
    data: {
      type: 'checkouts',
      attributes: {
        ...(order.redirectUrl === undefined ? {} : { product_options: { redirect_url: order.redirectUrl } }),
        checkout_data: {
          email: order.email,
          // The seller refuses empty text.
          ...(order.name === '' ? {} : { name: order.name }),
          custom: { user_id: order.userId },
          variant_quantities: [{ variant_id: Number(order.variantId), quantity: order.quantity }],
        },
        expires_at: order.expiresAt.toISOString(),
        test_mode: order.testMode,
      },
      relationships: {
        store: { data: { type: 'stores', id: order.storeId } },
        variant: { data: { type: 'variants', id: order.variantId } },
      },
    },
  };
}

function parse(text: string, call: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SellerUnavailableError(`${call} was answered with something else than JSON`, { cause });
  }
}

function attributesOf(answer: unknown): Record<string, unknown> {
  const { data } = (answer ?? {}) as { data?: { attributes?: Record<string, unknown> } };
  return data?.attributes ?? {};
}
