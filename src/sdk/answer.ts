import { TelemyApiError, TelemyNetworkError } from './errors.ts';

/** What the generated client gives for a call. */
export interface RawAnswer<T> {
  data?: T | undefined;
  error?: unknown;
  /** Undefined: none came. */
  response?: Response | undefined;
}

/** A good answer. */
export interface Answer<T> {
  data: T;
  response: Response;
}

/**
 * Sorts answers into good ones, refusals and those that cannot be used.
 *
 * @throws TelemyApiError, TelemyNetworkError
 */
export function readAnswer<T>({ data, error, response }: RawAnswer<T>): Answer<T> {
  if (!response) throw new TelemyNetworkError('unreachable', 'The server cannot be reached.', error);
  if (!response.ok) throw toApiError(response, error);
  // The body broke off, or is none of ours, such as the page of a network that wants a login first.
  if (error !== undefined || (response.status !== 204 && !isObject(data))) {
    throw new TelemyNetworkError('bad_answer', `The answer ${response.status} cannot be read.`, error);
  }
  return { data: data as T, response };
}

function toApiError(response: Response, body: unknown): TelemyApiError {
  const error = isObject(body) && isObject(body.error) ? body.error : {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return new TelemyApiError({
    status: response.status,
    code: text(error.code) ?? 'unknown',
    message: text(error.message) ?? `The server answered ${response.status}.`,
    reasonCode: text(error.reason_code),
    requestId: text(error.request_id) ?? response.headers.get('X-Request-ID') ?? undefined,
    retryAfter: readRetryAfter(response.headers),
    details: isObject(error.details) ? error.details : {},
  });
}

/** Seconds; proxies may send a date instead (RFC 9110, section 10.2.3), which counts from their own clock. */
function readRetryAfter(headers: Headers): number | undefined {
  const text = headers.get('Retry-After') ?? '';
  if (/^\d{1,6}$/.test(text)) return Number(text);
  const ms = Date.parse(text) - (Date.parse(headers.get('Date') ?? '') || Date.now());
  return Number.isNaN(ms) ? undefined : Math.max(0, Math.ceil(ms / 1000));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
