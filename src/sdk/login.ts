import { pollPluginLogin, startPluginLogin } from '../../generated/sdk/sdk.gen.ts';
import type { PluginLoginAttempt, PluginLoginCompleted } from '../../generated/sdk/types.gen.ts';
import type { Caller } from './caller.ts';
import { readTokenPair } from './device-tokens.ts';
import { TelemyApiError, TelemyNetworkError } from './errors.ts';
import type { LoginOptions, LoginOutcome } from './login-types.ts';
import { orAborted, wait } from './wait.ts';

/** An approved attempt can be claimed for this long after its time, in milliseconds. */
const CLAIM_GRACE_MS = 300_000;

/** What the server is told of this device. */
export interface LoginClient {
  version: string;
  platform: string;
}

/**
 * Signs this device in through the browser, and keeps its tokens.
 *
 * @throws TelemyApiError, TelemyNetworkError when the login could not begin; later the network may come and go
 */
export async function login(caller: Caller, device: LoginClient, options: LoginOptions): Promise<LoginOutcome> {
  const { signal } = options;
  const client = {
    platform: device.platform,
    plugin_version: device.version,
    ...(options.deviceName === undefined ? {} : { device_name: options.deviceName }),
  };
  try {
    const { data } = await caller.callOpen({ safe: false, signal }, (one) =>
      startPluginLogin({ ...one, body: { client } }),
    );
    options.onUserCode?.(data.user_code);
    await orAborted(Promise.resolve(options.openBrowser(data.authorize_url)), signal);
    const completed = await untilDecided(caller, data, signal);
    if (!completed) return { status: 'expired' };
    const { auth, status: _, ...account } = completed;
    await caller.tokens.keep(readTokenPair(auth));
    return { status: 'signed_in', account };
  } catch (error) {
    const outcome = error instanceof TelemyApiError ? toOutcome(error) : undefined;
    if (!outcome) throw error;
    return outcome;
  }
}

/** Null: the time is over, and no answer came. */
async function untilDecided(
  { callOpen, patience: { timers } }: Caller,
  attempt: PluginLoginAttempt,
  signal: AbortSignal | undefined,
): Promise<PluginLoginCompleted | null> {
  const { login_attempt_id, poll_token, poll_interval_seconds: pace } = attempt;
  // By our own clock, from now on: the server's may be another one.
  const end = timers.now() + Math.max(0, Date.parse(attempt.expires_at) - timers.now()) + CLAIM_GRACE_MS;
  for (;;) {
    let seconds = pace;
    try {
      const { data } = await callOpen({ safe: false, signal }, (one) =>
        pollPluginLogin({ ...one, body: { login_attempt_id, poll_token } }),
      );
      if (data.status === 'completed') return data;
    } catch (error) {
      // The server has forgotten the attempt, a day after its time.
      if (error instanceof TelemyApiError && error.code === 'not_found') return null;
      if (!isPassing(error)) throw error;
      if (error instanceof TelemyApiError) seconds = Math.max(pace, error.retryAfter ?? 0);
      if (timers.now() >= end) return null;
    }
    await wait(timers, seconds * 1000, signal);
  }
}

/** The shipped plugin too goes on for everything that isn't a decision. */
function isPassing(error: unknown): boolean {
  if (error instanceof TelemyNetworkError) return true;
  return error instanceof TelemyApiError && (error.status === 429 || error.status >= 500);
}

function toOutcome({ code, reasonCode, details }: TelemyApiError): LoginOutcome | undefined {
  switch (code) {
    case 'login_denied':
      return { status: 'denied', reasonCode: reasonCode ?? 'access_denied' };
    case 'login_attempt_expired':
      return { status: 'expired' };
    case 'login_already_claimed':
      return { status: 'already_claimed' };
    case 'client_upgrade_required': {
      const { minimum_version: minimum } = details;
      return { status: 'upgrade_required', minimumVersion: typeof minimum === 'string' ? minimum : undefined };
    }
    default:
      return undefined;
  }
}
