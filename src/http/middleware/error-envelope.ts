import type { Middleware } from 'koa';
import { isDatabaseUnavailable } from '../../database/errors.ts';
import type { Logger } from '../../observability/logger.ts';
import { ApiError, errors } from '../errors.ts';
import type { ApiContext } from '../request-state.ts';

/** Turns whatever is thrown further in into the contract's error body. What isn't an ApiError is logged and kept from the caller. */
export function errorEnvelope(logger: Logger): Middleware {
  return async (plain, next) => {
    const ctx = plain as ApiContext;
    try {
      await next();
      if (ctx.status === 404 && ctx.body === undefined) throw errors.notFound();
    } catch (thrown) {
      const error = toApiError(thrown);
      if (error.status >= 500 && error.cause !== undefined) {
        logger.error({ request_id: ctx.state.requestId, path: ctx.path, err: error.cause }, error.code);
      }
      ctx.status = error.status;
      if (error.retryAfter !== undefined) ctx.set('Retry-After', String(error.retryAfter));
      if (error.code === 'rate_limited') tellLimit(ctx, error);
      if (error.status === 401 && ctx.state.operation?.security.some((one) => 'bearerAuth' in one)) {
        ctx.set('WWW-Authenticate', 'Bearer');
      }
      if (error.code === 'method_not_allowed') ctx.set('Allow', (error.details.allowed as string[]).join(', '));
      ctx.body = errorBody(error, ctx.state.requestId);
    }
  };
}

/** A limit that is kept elsewhere than with the limiter (the pace of polls, the number of waiting ones) is told all the same. */
function tellLimit(ctx: ApiContext, error: ApiError): void {
  ctx.set('X-RateLimit-Limit', String(error.details.limit));
  ctx.set('X-RateLimit-Remaining', '0');
  ctx.set('X-RateLimit-Reset', String(error.retryAfter));
}

/** The contract's error body. */
export function errorBody(error: ApiError, requestId: string) {
  return {
    error: {
      code: error.code,
      message: error.message,
      request_id: requestId,
      details: error.details,
      ...(error.reasonCode === undefined ? {} : { reason_code: error.reasonCode }),
    },
  };
}

function toApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  if (isDatabaseUnavailable(thrown)) return errors.serviceUnavailable(thrown);
  return errors.internalError(thrown ?? new Error('Something threw nothing.'));
}
