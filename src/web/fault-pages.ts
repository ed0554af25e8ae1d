import type { Context, Middleware } from 'koa';
import { isDatabaseUnavailable } from '../database/errors.ts';
import { ApiError } from '../http/errors.ts';
import { MessageError } from './message-error.ts';
import { sendPage } from './page-request.ts';
import { type Message, messagePage } from './pages/index.ts';
import type { WebParts } from './web-parts.ts';

/** Whatever goes wrong is told as a page. */
export function tellFaults({ logger, signIn }: WebParts): Middleware {
  return async (ctx, next) => {
    try {
      await next();
    } catch (error) {
      const { message, status, again, retryAfter } = explain(error);
      if (status >= 500 && message === 'internal') {
        logger.error({ request_id: ctx.state.requestId, path: ctx.path, err: error }, 'internal_error');
      }
      if (retryAfter !== undefined) ctx.set('Retry-After', String(retryAfter));
      if (error instanceof ApiError && error.code === 'method_not_allowed') tellMethods(ctx, error);
      const { requestId } = ctx.state;
      const { providerName } = signIn ?? {};
      sendPage(ctx, messagePage({ message, requestId, providerName, again, retryAfter }), status);
    }
  };
}

interface Explanation {
  message: Message;
  status: number;
  again?: string | undefined;
  retryAfter?: number | undefined;
}

const AWAY_RETRY_SECONDS = 30;
const DATABASE_RETRY_SECONDS = 5;

const STATUS: Partial<Record<Message, number>> = {
  expired: 410,
  used: 409,
  unknown: 404,
  not_found: 404,
  no_such_document: 404,
  provider_away: 503,
  not_configured: 503,
  no_cookies: 400,
  sign_in_failed: 400,
};

function explain(error: unknown): Explanation {
  if (error instanceof MessageError) {
    const { kind, again } = error;
    const retryAfter = kind === 'provider_away' ? AWAY_RETRY_SECONDS : undefined;
    return { message: kind, status: STATUS[kind] ?? 403, again, retryAfter };
  }
  if (isDatabaseUnavailable(error)) {
    return { message: 'unavailable', status: 503, retryAfter: DATABASE_RETRY_SECONDS };
  }
  if (!(error instanceof ApiError) || error.status >= 500) return { message: 'internal', status: 500 };
  const { status, retryAfter } = error;
  if (error.code === 'https_required') return { message: 'https_required', status };
  if (status === 429) return { message: 'too_many', status, retryAfter };
  return { message: status === 405 ? 'method_not_allowed' : 'bad_request', status };
}

function tellMethods(ctx: Context, error: ApiError): void {
  ctx.set('Allow', (error.details.allowed as string[]).join(', '));
}
