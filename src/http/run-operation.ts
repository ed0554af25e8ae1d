import type { OperationRunner } from './contract.ts';
import type { ContractOperation, RateLimitPolicy } from './contract-document.ts';
import { createKeyedQueue } from './keyed-queue.ts';
import { tellLimit } from './middleware/rate-limit.ts';
import type { Handlers } from './operation-types.ts';
import type { RateLimiter } from './rate-limiter.ts';
import type { ApiContext } from './request-state.ts';
import type { UserLimits } from './user-limits.ts';

/** Tells whether an idempotency key of a user is bound to an earlier request. */
export type KnowsKey = (userId: string, operation: string, key: string) => Promise<boolean>;

export interface RunnerOptions {
  handlers: Handlers;
  limiter: RateLimiter;
  limits: UserLimits;
  knowsKey: KnowsKey;
  /** Told whose account a request may have changed, before it is answered; a failed one may have written all the same. */
  changed(userId: string, request: ChangingRequest): void;
}

/** A request that may write. */
export interface ChangingRequest {
  operationId: string;
  failed: boolean;
}

interface Plain {
  status: number;
  body?: unknown;
  headers?: Record<string, string>;
}

const JSON_TYPE = 'application/json; charset=utf-8';

type AnyHandler = (request: unknown) => Promise<Plain>;

/** The last part of a request's way: idempotency, the user's limits, and the handler. */
export function createRunner(options: RunnerOptions): OperationRunner {
  const inFlight = createKeyedQueue();

  const call = async (ctx: ApiContext, operation: ContractOperation, request: unknown): Promise<Plain> => {
    const handler = options.handlers[operation.operationId] as AnyHandler;
    const idempotent = operation['x-idempotent'];
    const userId = ctx.state.userId ?? '';
    const key = idempotent ? ctx.get(idempotent.header).toLowerCase() : '';
    if (key === '') {
      await limit(ctx, operation, request, userId);
      return handler(request);
    }
    // A second request with a key that is in flight waits for the first, and then finds the key bound.
    return inFlight.run(`${operation.operationId}:${userId}:${key}`, async () => {
      const policies = operation['x-rate-limit'].filter((policy) => policy.key === 'user');
      const known = await options.knowsKey(userId, operation.operationId, key);
      if (known) await options.limits.peek(ctx, operation);
      const charged = !known && (await chargeNewKey(ctx, operation, policies, userId, key));
      const response = await handler(request);
      // Lost a race on this key to another server: a replay costs nothing.
      if (charged && response.headers?.['Idempotent-Replayed'] === 'true') {
        for (const policy of policies) await options.limiter.refund(operation.operationId, policy, userId);
      }
      return response;
    });
  };

  const limit = async (ctx: ApiContext, operation: ContractOperation, request: unknown, userId: string) => {
    for (const policy of operation['x-rate-limit']) {
      const key = limitKey(policy, request, userId);
      if (key !== undefined) tellLimit(ctx, await options.limiter.consume(operation.operationId, policy, key));
    }
  };

  /** Counts a key once per window, however often a client that got no success retries with it. */
  const chargeNewKey = async (
    ctx: ApiContext,
    operation: ContractOperation,
    policies: RateLimitPolicy[],
    userId: string,
    key: string,
  ): Promise<boolean> => {
    let charged = false;
    for (const policy of policies) {
      const seen = { ...policy, limit: 1_000_000 };
      const scope = `${operation.operationId}:key`;
      const earlier = await options.limiter.peek(scope, seen, `${userId}:${key}`);
      if (!earlier || earlier.remaining < earlier.limit) {
        tellLimit(ctx, await options.limiter.peek(operation.operationId, policy, userId));
        continue;
      }
      tellLimit(ctx, await options.limiter.consume(operation.operationId, policy, userId));
      await options.limiter.consume(scope, seen, `${userId}:${key}`);
      charged = true;
    }
    return charged;
  };

  return async (ctx, operation, input) => {
    const request = {
      ...input,
      principals: ctx.state.principals,
      bytes: ctx.state.body.bytes,
      requestId: ctx.state.requestId,
      clientAddress: ctx.state.clientAddress,
      clientCountry: ctx.state.clientCountry,
      clientOrigin: ctx.state.clientOrigin,
      signal: ctx.state.signal,
    };
    noteSubject(ctx, input.path, input.body);
    let response: Plain | undefined;
    try {
      response = await call(ctx, operation, request);
      noteSubject(ctx, response.body);
    } finally {
      const told = { operationId: operation.operationId, failed: response === undefined };
      if (ctx.method !== 'GET' && ctx.state.userId !== undefined) options.changed(ctx.state.userId, told);
    }
    ctx.state.answer = response.body;
    ctx.status = response.status;
    if (response.headers) ctx.set(response.headers);
    if (response.body === undefined) {
      ctx.body = null;
      // Koa makes 204 of an absent body.
      ctx.status = response.status;
      return;
    }
    // Made here, because Koa would look for the type of an object's text on each answer.
    ctx.res.setHeader('Content-Type', JSON_TYPE);
    ctx.body = JSON.stringify(response.body);
  };
}

/** Remembers for the log whom and which relay session a request or an answer is about. */
function noteSubject({ state }: ApiContext, ...parts: unknown[]): void {
  for (const part of parts as (Subject | null | undefined)[]) {
    state.userId ??= part?.user?.id;
    state.sessionId ??= part?.session_id ?? part?.session?.session_id;
  }
}

interface Subject {
  user?: { id?: string };
  session_id?: string;
  session?: { session_id?: string } | null;
}

function limitKey(policy: RateLimitPolicy, request: unknown, userId: string): string | undefined {
  if (policy.key === 'user') return userId;
  // Per caller too, so that nobody can use up the limit of someone else's session.
  if (policy.key === 'session') {
    return `${userId || 'relay'}:${(request as { body: { session_id: string } }).body.session_id}`;
  }
  // `ip` was counted before; `attempt` is kept with the attempt itself.
  return undefined;
}
