import type { TelemyApiError, TelemyNetworkError } from '../errors.ts';

/** What went wrong, as plain data. */
export interface RelayError {
  /** `network`: no usable answer came. `api`: the server refused. `limit`: the manager holds back. `other`: a fault of ours. */
  kind: 'network' | 'api' | 'limit' | 'other';
  /** Stable name: the server's error code, the network error's kind, `restart_limit` or `unexpected`. */
  code: string;
  /** For people. */
  message: string;
  /** HTTP status, where there was an answer. */
  status?: number;
  /** The server's reason behind the code, such as `time_bank_exhausted`. */
  reasonCode?: string;
  /** Seconds to wait before the next try, where the server says so. */
  retryAfter?: number;
}

/** Errors are told apart by name: an application may hold two copies of the SDK. */
export function toRelayError(error: unknown): RelayError {
  if (!(error instanceof Error)) return { kind: 'other', code: 'unexpected', message: String(error) };
  const { message, name } = error;
  if (name === 'TelemyNetworkError') return { kind: 'network', code: (error as TelemyNetworkError).kind, message };
  if (name !== 'TelemyApiError') return { kind: 'other', code: 'unexpected', message };
  const { code, status, reasonCode, retryAfter } = error as TelemyApiError;
  return {
    kind: 'api',
    code,
    message,
    status,
    ...(reasonCode === undefined ? {} : { reasonCode }),
    ...(retryAfter === undefined ? {} : { retryAfter }),
  };
}

/**
 * What an error means for what was tried: `retry` it later by itself; `denied`: the account, its sign-in or this version
 * may not; `final`: the same request would fail again. The last two are tried again only when somebody asks.
 */
export function verdictOf({ kind, status = 0 }: RelayError): 'retry' | 'denied' | 'final' {
  if (kind !== 'api') return 'retry';
  if (status === 401 || status === 403 || status === 426) return 'denied';
  return status >= 500 || status === 429 || status === 409 || status === 408 ? 'retry' : 'final';
}
