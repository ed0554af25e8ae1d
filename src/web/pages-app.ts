import { extname } from 'node:path';
import Router from '@koa/router';
import type { Middleware } from 'koa';
import compose from 'koa-compose';
import { refuseOtherMethods } from '../http/middleware/other-methods.ts';
import { requireHttps } from '../http/middleware/require-https.ts';
import { addAccountRoutes } from './account-routes.ts';
import { type Asset, icon, stylesheet } from './assets.ts';
import { createDocs, isDocsPath } from './docs/docs-app.ts';
import { tellFaults } from './fault-pages.ts';
import { addLoginRoutes } from './login-routes.ts';
import { MessageError } from './message-error.ts';
import { limitPages } from './page-limits.ts';
import { addCallbackRoute } from './provider-trip.ts';
import { strictTransport } from './strict-transport.ts';
import { createWebParts, type WebOptions } from './web-parts.ts';

/** Everything that people see in a browser: signing a plugin in, the account page, and the documentation. Other paths go on. */
export function createPages(options: WebOptions): Middleware {
  const parts = createWebParts(options);
  const router = new Router();
  addLoginRoutes(router, parts);
  addCallbackRoute(router, parts);
  addAccountRoutes(router, parts);
  const pages = compose([
    pageHeaders,
    strictTransport(parts.publicBaseUrl),
    tellFaults(parts),
    requireHttps,
    limitPages(parts.limiter, 'page'),
    router.routes() as Middleware,
    refuseOtherMethods(router),
    () => {
      throw new MessageError('not_found');
    },
  ]);
  const docs = createDocs({ ...parts, tellFaults: tellFaults(parts) });
  const assets = createAssets();
  return (ctx, next) => {
    if (isDocsPath(ctx.path)) return docs(ctx, next);
    if (/^\/(?:login|account)(?:\/|$)/.test(ctx.path)) return pages(ctx, next);
    return assets(ctx, next);
  };
}

/** Nothing but our own style and icon; no script at all; forms lead to us; nobody may frame us. */
const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

const pageHeaders: Middleware = (ctx, next) => {
  ctx.set('Content-Security-Policy', POLICY);
  // Proxies such as Cloudflare would hide e-mails and put in a script that shows them again.
  ctx.set('Cache-Control', 'no-store, no-transform');
  // With `no-referrer` browsers would hide from us that a form comes from our own page.
  ctx.set('Referrer-Policy', 'same-origin');
  ctx.set('X-Frame-Options', 'DENY');
  ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
  return next();
};

/** Their names change with their content, so browsers may keep them. */
function createAssets(): Middleware {
  const router = new Router();
  router.use(requireHttps);
  addAsset(router, '/assets/telemy-:hash.css', stylesheet);
  addAsset(router, '/assets/icon-:hash.svg', icon);
  return compose([router.routes() as Middleware, refuseOtherMethods(router)]);
}

/** While servers are replaced, pages of one version ask the other one: they get what it has, and don't keep it. */
function addAsset(router: Router, pattern: string, { path, text }: Asset): void {
  router.get(pattern, (ctx) => {
    ctx.type = extname(path);
    if (ctx.path === path) ctx.set('Cache-Control', 'public, max-age=31536000, immutable');
    ctx.body = text;
  });
}
