import type { Operations } from '../../generated/server/operations.gen.ts';
import type { UserPrincipal } from '../features/auth/index.ts';

/** The operations that the contract declares. */
export type OperationId = keyof Operations;

/** What each security scheme proves about the caller. */
export interface Principals {
  bearerAuth: UserPrincipal;
  /** The caller knows the relays' shared key, or the key of the session that the body names. */
  relayAuth: true;
  /** The caller is the web tier or an operator. */
  pluginLoginAuth: true;
  /** The body was signed by the seller. */
  webhookSignature: true;
}

type Data<Id extends OperationId> = Operations[Id]['data'];
type Part<D, Name extends string> = D extends { [N in Name]: infer P }
  ? P
  : D extends { [N in Name]?: infer P }
    ? P
    : undefined;

/** A validated request: what the contract declares and nothing else. */
export interface OperationRequest<Id extends OperationId> {
  body: Part<Data<Id>, 'body'>;
  path: Part<Data<Id>, 'path'>;
  query: NonNullable<Part<Data<Id>, 'query'>>;
  headers: NonNullable<Part<Data<Id>, 'headers'>>;
  /** By security scheme; of alternatives, those that held. */
  principals: {
    [Scheme in keyof Operations[Id]['security']]: Scheme extends keyof Principals ? Principals[Scheme] : never;
  };
  /** The body as it came. */
  bytes: Buffer;
  requestId: string;
  /** The caller's address, proxies seen through. */
  clientAddress: string;
  /** ISO 3166 code of the country that the caller is in (or `T1`: Tor), where known; looked up on demand. */
  clientCountry(): string | null;
  /** Origin of the web page that the call comes from, as its browser says; null: no page. */
  clientOrigin: string | null;
  /** Makes a signal that is aborted when the caller hangs up or the server drains. */
  signal(): AbortSignal;
}

type Responses<Id extends OperationId> = Operations[Id]['responses'];

/** A declared success of the operation. Everything else is thrown as an ApiError. */
export type OperationResponse<Id extends OperationId> = {
  [Status in keyof Responses<Id>]: Responses<Id>[Status] extends void
    ? { status: Status; headers?: Record<string, string> }
    : { status: Status; body: Responses<Id>[Status]; headers?: Record<string, string> };
}[keyof Responses<Id>];

export type Handler<Id extends OperationId> = (request: OperationRequest<Id>) => Promise<OperationResponse<Id>>;

/** A handler for each operation: a missing, an extra or a wrongly typed one does not compile. */
export type Handlers = { [Id in OperationId]: Handler<Id> };
