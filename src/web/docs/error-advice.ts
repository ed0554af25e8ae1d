import type { ErrorCode } from '../../../generated/sdk/types.gen.ts';

/** What a caller should know of an error. */
export interface ErrorAdvice {
  status: number;
  when: string;
  act: string;
}

const TRY_AGAIN = 'Wait for `Retry-After` seconds, then make the same call again.';

/** By code: one that the contract has and this table hasn't doesn't compile. */
export const ERROR_ADVICE: Record<ErrorCode, ErrorAdvice> = {
  invalid_request: {
    status: 400,
    when: 'The request isn’t what the contract asks for. `details.errors` lists every fault with its place.',
    act: 'Mend the request. Made again as it is, it fails again.',
  },
  unauthorized: {
    status: 401,
    when: 'The credentials are missing, wrong or too old.',
    act: 'Refresh the tokens once and make the call again. If the refresh fails too, sign in anew.',
  },
  refresh_token_reused: {
    status: 401,
    when: 'A refresh token came that had been traded long ago. It counts as stolen, so the device was signed out.',
    act: 'Forget both tokens and sign in anew.',
  },
  forbidden: {
    status: 403,
    when: 'The server doesn’t do this for anyone in its present configuration.',
    act: 'Don’t make the call again.',
  },
  https_required: {
    status: 403,
    when: 'The request came by plain HTTP, so that others on the way could read it. Nothing was done.',
    act: 'Use the same address with `https://`. A token that was sent without is better traded for a new one.',
  },
  entitlement_denied: {
    status: 403,
    when: 'The plan doesn’t allow it now. `reason_code` says why, such as `time_bank_exhausted`.',
    act: 'Show the reason. Try again when the user asks, for instance after buying a plan.',
  },
  connection_limit_reached: {
    status: 403,
    when: 'As many relays are live as the plan allows.',
    act: 'Stop a relay, or let the user buy further ones.',
  },
  login_denied: {
    status: 403,
    when: 'The user, or an operator, denied the sign-in. `reason_code` says why.',
    act: 'Stop polling. Begin a new sign-in when the user asks for it.',
  },
  not_found: {
    status: 404,
    when: 'There is no such thing, or it belongs to someone else; the two look the same.',
    act: 'Forget the id. To a heartbeat it means that the session is over: stop sending.',
  },
  method_not_allowed: {
    status: 405,
    when: 'The path is known, but not with this method. `details.allowed` names those that are.',
    act: 'Mend the request.',
  },
  conflict: {
    status: 409,
    when: 'Something else was decided, bought or begun before.',
    act: 'Read what is there now, and decide anew.',
  },
  invalid_transition: {
    status: 409,
    when: 'The session can’t go there from where it is. `details` has `from`, `to` and `allowed`.',
    act: 'Wait for `Retry-After` seconds, look at the session, then try again if it still makes sense.',
  },
  idempotency_mismatch: {
    status: 409,
    when: 'The `Idempotency-Key` was used within the last hour for a start with other values.',
    act: 'Use a new key for a new start.',
  },
  login_already_claimed: {
    status: 409,
    when: 'The tokens of this sign-in were given out before.',
    act: 'Begin a new sign-in, unless you still have the tokens.',
  },
  session_expired: {
    status: 410,
    when: 'The device was signed out, or its sign-in is too old.',
    act: 'Forget both tokens and sign in anew.',
  },
  login_attempt_expired: {
    status: 410,
    when: 'Nobody decided on the sign-in in time.',
    act: 'Begin a new sign-in when the user asks for it.',
  },
  payload_too_large: {
    status: 413,
    when: 'The body is larger than `details.limit_bytes`.',
    act: 'Send less.',
  },
  unsupported_media_type: {
    status: 415,
    when: 'The body isn’t `application/json` in UTF-8.',
    act: 'Set `Content-Type: application/json`.',
  },
  client_upgrade_required: {
    status: 426,
    when: 'The plugin is older than the server takes. `details.minimum_version` says what it takes.',
    act: 'Ask the user to update. Don’t make the call again before that.',
  },
  rate_limited: {
    status: 429,
    when: 'Too many requests; see [Limits](/docs/guides/limits). The reason `slow_down` means: poll less often.',
    act: TRY_AGAIN,
  },
  internal_error: {
    status: 500,
    when: 'A fault of ours, which was written down.',
    act: 'Try a read again a little later. Report it with the `request_id` if it stays.',
  },
  capacity_unavailable: {
    status: 503,
    when: 'No region has room for a further relay.',
    act: 'Tell the user. Try again after `Retry-After` seconds; `GET /capacity/status` shows where there is room.',
  },
  billing_unavailable: {
    status: 503,
    when: 'The seller doesn’t answer, or nothing is sold on this server.',
    act: TRY_AGAIN,
  },
  manifest_unavailable: {
    status: 503,
    when: 'The server has no relay region yet.',
    act: TRY_AGAIN,
  },
  service_unavailable: {
    status: 503,
    when: 'The service can’t work at the moment, for instance while its database is away.',
    act: TRY_AGAIN,
  },
};
