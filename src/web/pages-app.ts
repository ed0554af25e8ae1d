import { extname } from 'node:path';
import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import compose from 'koa-compose';
import { isDatabaseUnavailable } from '../database/connect.ts';
import { ApiError } from '../http/errors.ts';
import { refuseOtherMethods } from '../http/middleware/other-methods.ts';
import { addAccountRoutes } from './account-routes.ts';
import { addLoginRoutes } from './login-routes.ts';
import { limitPages } from './page-limits.ts';
import { MessageError, sendPage } from './page-request.ts';
import { type Message, messagePage } from './pages/index.ts';
import { addCallbackRoute } from './provider-trip.ts';
import { icon, stylesheet } from './stylesheet.ts';
import type { WebParts } from './web-parts.ts';

/** Everything that people see in a browser: signing a plugin in, and the account page. Other paths go on. */
export function createPages(parts: WebParts): Middleware {
  const router = new Router();
  addLoginRoutes(router, parts);
  addCallbackRoute(router, parts);
  addAccountRoutes(router, parts);
  const pages = compose([
    pageHeaders,
    messages(parts),
    limitPages(parts.limiter, 'page'),
    router.routes() as Middleware,
    refuseOtherMethods(router),
    () => {
      throw new MessageError('not_found');
    },
  ]);
  const assets = createAssets();
  return (ctx, next) => {
    if (/^\/(?:login|account)(?:\/|$)/.test(ctx.path)) return pages(ctx, next);
    return assets(ctx, next);
  };
}

/** Nothing but our own style and icon; no script at all; forms lead to us; nobody may frame us. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const pageHeaders: Middleware = (ctx, next) => {
  ctx.set('Content-Security-Policy', POLICY);
  // With `no-referrer` browsers would hide from us that a form comes from our own page.
  ctx.set('Referrer-Policy', 'same-origin');
  ctx.set('X-Frame-Options', 'DENY');
  ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
  return next();
};

/** Their names change with their content, so browsers may keep them. */
function createAssets(): Middleware {
  const router = new Router();
  for (const { path, text } of [stylesheet, icon]) {
    router.get(path, (ctx) => {
      ctx.type = extname(path);
      ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
      ctx.body = text;
    });
  }
  return compose([router.routes() as Middleware, refuseOtherMethods(router)]);
}

/** Whatever goes wrong is told as a page. */
function messages({ logger, signIn }: WebParts): Middleware {
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
  if (status === 429) return { message: 'too_many', status, retryAfter };
  return { message: status === 405 ? 'method_not_allowed' : 'bad_request', status };
}

function tellMethods(ctx: Context, error: ApiError): void {
  ctx.set('Allow', (error.details.allowed as string[]).join(', '));
}
