import type { Context } from 'koa';
import type { ContractOperation } from './contract-document.ts';
import type { ApiError } from './errors.ts';
import type { LimitStatus } from './rate-limiter.ts';

/** The request's body as it arrived; `fault` is raised only once the caller is known to be allowed in. */
export interface RequestBody {
  bytes: Buffer;
  value: unknown;
  fault?: ApiError;
}

/** What the middlewares know of a request, in `ctx.state`. */
export interface RequestState {
  requestId: string;
  clientAddress: string;
  /** Whether a trusted proxy says that the client came to it by plain HTTP. */
  byPlainHttp: boolean;
  /** ISO 3166 code of the country that the caller is in (or `T1`: Tor), where known; looked up on demand. */
  clientCountry(): string | null;
  /** Origin of the web page that the call comes from, as its browser says; null: no page. */
  clientOrigin: string | null;
  operation?: ContractOperation;
  body: RequestBody;
  /** The body that a handler answered with: Koa drops one that the status doesn't allow. */
  answer?: unknown;
  /** The limit nearest to its end so far. */
  limit?: LimitStatus;
  /** For the log: whoever asks, once that is known. */
  userId?: string;
  /** For the log: the relay session that the request is about. */
  sessionId?: string;
  /** Of the request's span, where traces are recorded. */
  traceparent?: string;
  /** Makes a signal that is aborted when the caller hangs up or the server drains. */
  signal(): AbortSignal;
  /** What the security handlers learned, by scheme. */
  principals: Record<string, unknown>;
}

export type ApiContext = Context & { state: RequestState };
