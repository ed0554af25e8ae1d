import type { ErrorCode, Fault } from '../../generated/sdk/types.gen.ts';

/** An answer other than success: the only way to fail. Everything in it is meant for the caller. */
export class ApiError extends Error {
  override name = 'ApiError';
  readonly status: number;
  readonly code: ErrorCode;
  readonly details: Record<string, unknown>;
  readonly reasonCode: string | undefined;
  /** Seconds; becomes the Retry-After header. */
  readonly retryAfter: number | undefined;

  constructor(status: number, code: ErrorCode, message: string, extra: ApiErrorExtra = {}) {
    super(message, { cause: extra.cause });
    this.status = status;
    this.code = code;
    this.details = extra.details ?? {};
    this.reasonCode = extra.reasonCode;
    this.retryAfter = extra.retryAfter;
  }
}

interface ApiErrorExtra {
  details?: Record<string, unknown>;
  reasonCode?: string | undefined;
  retryAfter?: number;
  cause?: unknown;
}

/** Every error that the service answers with. */
export const errors = {
  invalidRequest: (faults: Fault[], details: Record<string, unknown> = {}) =>
    new ApiError(400, 'invalid_request', faultMessage(faults), { details: { errors: faults, ...details } }),
  unauthorized: (message = 'The credentials are missing or no longer good. Refresh the token or sign in again.') =>
    new ApiError(401, 'unauthorized', message),
  refreshTokenReused: () =>
    new ApiError(
      401,
      'refresh_token_reused',
      'This refresh token was used before. The device has been signed out; sign in again.',
    ),
  forbidden: (message: string) => new ApiError(403, 'forbidden', message),
  httpsRequired: () =>
    new ApiError(
      403,
      'https_required',
      'This server is reached by https only. Use an address that begins with https://.',
    ),
  entitlementDenied: (reasonCode: string, message: string) =>
    new ApiError(403, 'entitlement_denied', message, { reasonCode }),
  connectionLimitReached: (limit: number, live: number) =>
    new ApiError(
      403,
      'connection_limit_reached',
      `The plan allows ${limit} ${limit === 1 ? 'relay' : 'relays'} at a time, and ${live} ${live === 1 ? 'is' : 'are'} live. Stop one first.`,
      {
        details: { max_concurrent_conns: limit, active_managed_conns: live },
        reasonCode: 'connection_limit_reached',
      },
    ),
  loginDenied: (reasonCode: string) => new ApiError(403, 'login_denied', 'The sign-in was denied.', { reasonCode }),
  notFound: (what = 'such thing') => new ApiError(404, 'not_found', `There is no ${what}.`),
  methodNotAllowed: (allowed: string[]) =>
    new ApiError(405, 'method_not_allowed', `This path knows only ${allowed.join(', ')}.`, { details: { allowed } }),
  conflict: (message: string) => new ApiError(409, 'conflict', message),
  invalidTransition: (from: string, to: string, allowed: readonly string[], retryAfter: number) =>
    new ApiError(409, 'invalid_transition', `A session that is ${from} cannot become ${to} now.`, {
      details: { from, to, allowed },
      retryAfter,
    }),
  cannotMove: (from: string, allowed: readonly string[], retryAfter: number) =>
    new ApiError(409, 'invalid_transition', `Only a session that is active can move; this one is ${from}.`, {
      details: { from, to: 'active', allowed },
      retryAfter,
    }),
  movingElsewhere: (region: string, retryAfter: number) =>
    new ApiError(409, 'conflict', `This session is on its way to ${region}. Wait until it is there.`, {
      details: { new_region: region },
      retryAfter,
    }),
  idempotencyMismatch: () =>
    new ApiError(
      409,
      'idempotency_mismatch',
      'This Idempotency-Key was used for a start with other values. Use a new key.',
    ),
  loginAlreadyClaimed: () =>
    new ApiError(
      409,
      'login_already_claimed',
      'The tokens of this sign-in were given out before. Begin a new sign-in.',
    ),
  sessionExpired: () => new ApiError(410, 'session_expired', 'This sign-in is over. Sign in again.'),
  loginAttemptExpired: () => new ApiError(410, 'login_attempt_expired', 'This login attempt is over. Begin a new one.'),
  payloadTooLarge: (limitBytes: number) =>
    new ApiError(413, 'payload_too_large', `The body is larger than ${limitBytes} bytes.`, {
      details: { limit_bytes: limitBytes },
    }),
  unsupportedMediaType: () =>
    new ApiError(415, 'unsupported_media_type', 'Send the body as application/json in UTF-8.', {
      details: { supported: ['application/json'] },
    }),
  clientUpgradeRequired: (minimum: string) =>
    new ApiError(
      426,
      'client_upgrade_required',
      `This plugin is too old for the server. Install version ${minimum} or newer.`,
      { details: { minimum_version: minimum } },
    ),
  rateLimited: (limit: number, windowSeconds: number, retryAfter: number, reasonCode?: string) =>
    new ApiError(
      429,
      'rate_limited',
      `Too many requests. Try again in ${retryAfter} ${retryAfter === 1 ? 'second' : 'seconds'}.`,
      {
        details: { limit, window_seconds: windowSeconds },
        retryAfter,
        reasonCode,
      },
    ),
  tooManyWaitingPolls: (limit: number) =>
    new ApiError(429, 'rate_limited', `At most ${limit} polls of a user may wait at a time.`, {
      details: { limit },
      retryAfter: 1,
    }),
  internalError: (cause?: unknown) =>
    new ApiError(500, 'internal_error', 'Something went wrong on our side.', { cause }),
  capacityUnavailable: (retryAfter: number) =>
    new ApiError(
      503,
      'capacity_unavailable',
      'No region has room for another relay at the moment. Try again shortly.',
      {
        retryAfter,
      },
    ),
  billingUnavailable: (retryAfter: number, cause?: unknown) =>
    new ApiError(503, 'billing_unavailable', 'Nothing can be bought at the moment. Try again shortly.', {
      retryAfter,
      cause,
    }),
  manifestUnavailable: () =>
    new ApiError(503, 'manifest_unavailable', 'No relay region is configured yet.', { retryAfter: 60 }),
  serviceUnavailable: (cause?: unknown) =>
    new ApiError(503, 'service_unavailable', 'The service is unavailable at the moment. Try again shortly.', {
      retryAfter: 5,
      cause,
    }),
};

function faultMessage(faults: Fault[]): string {
  const [only] = faults;
  if (faults.length === 1 && only) return `${only.path} ${only.message}.`;
  return `The request has ${faults.length} faults; see details.errors.`;
}
