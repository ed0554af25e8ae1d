/** What the server said no with. */
export interface ApiErrorFacts {
  /** HTTP status. */
  status: number;
  /** Stable name of the error, such as `entitlement_denied`; `unknown` where the answer had no error body. */
  code: string;
  message: string;
  /** The reason behind the code, where there is one, such as `time_bank_exhausted`. */
  reasonCode: string | undefined;
  /** Quote it when you report a fault. */
  requestId: string | undefined;
  /** Seconds to wait before the next try, where the server says so. */
  retryAfter: number | undefined;
  /** Facts to act on, by code. */
  details: Record<string, unknown>;
}

/** The server answered, and refused. */
export class TelemyApiError extends Error implements ApiErrorFacts {
  override name = 'TelemyApiError';
  readonly status: number;
  readonly code: string;
  readonly reasonCode: string | undefined;
  readonly requestId: string | undefined;
  readonly retryAfter: number | undefined;
  readonly details: Record<string, unknown>;

  constructor(facts: ApiErrorFacts) {
    super(facts.message);
    this.status = facts.status;
    this.code = facts.code;
    this.reasonCode = facts.reasonCode;
    this.requestId = facts.requestId;
    this.retryAfter = facts.retryAfter;
    this.details = facts.details;
  }
}

/** No usable answer came: the network, a proxy between, or the time that it took. What was asked may have been done. */
export class TelemyNetworkError extends Error {
  override name = 'TelemyNetworkError';
  readonly kind: 'unreachable' | 'timeout' | 'bad_answer';

  constructor(kind: 'unreachable' | 'timeout' | 'bad_answer', message: string, cause?: unknown) {
    super(message, { cause });
    this.kind = kind;
  }
}
