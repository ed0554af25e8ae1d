import Router from '@koa/router';
import type { Context, Middleware } from 'koa';
import compose from 'koa-compose';
import { refuseOtherMethods } from '../../http/middleware/other-methods.ts';
import { requireHttps } from '../../http/middleware/require-https.ts';
import type { RateLimiter } from '../../http/rate-limiter.ts';
import { MessageError } from '../message-error.ts';
import { limitPages } from '../page-limits.ts';
import { strictTransport } from '../strict-transport.ts';
import { createDocsAssets } from './assets.ts';
import { GUIDES } from './guides.ts';
import { remember } from './remember.ts';
import { type Resource, sendResource } from './resource.ts';

export interface DocsOptions {
  limiter: RateLimiter;
  /** Origin of the server, for the samples. */
  publicBaseUrl(): string;
  /** Tells as a page what goes wrong. */
  tellFaults: Middleware;
}

/** Whether a path belongs to the documentation. */
export function isDocsPath(path: string): boolean {
  return /^\/docs(?:\/|$)/.test(path);
}

/**
 * The documentation, for everyone: the reference at `/docs`, which is the contract, and the guides at `/docs/guides/NAME`.
 * All of it is made when it is first asked for: a server whose documentation nobody reads pays nothing for it.
 */
export function createDocs({ limiter, publicBaseUrl, tellFaults }: DocsOptions): Middleware {
  const assets = createDocsAssets();
  const content = remember(async () =>
    (await import('./content.ts')).createContent({ assets, origin: publicBaseUrl() }),
  );
  const router = new Router();

  router.get('/docs', async (ctx) => {
    ctx.set('Content-Security-Policy', REFERENCE_POLICY);
    await sendResource(ctx, await (await content()).reference(), PAGE_CACHE);
  });
  router.get('/docs/openapi.json', async (ctx) => sendResource(ctx, await (await content()).contract(), PAGE_CACHE));
  for (const { name } of GUIDES) {
    router.get(`/docs/guides/${name}`, async (ctx) =>
      sendResource(ctx, await (await content()).guide(name), PAGE_CACHE),
    );
  }
  router.get('/docs/assets/:file', async (ctx) => {
    const found = await assets.find(ctx.params.file ?? '');
    if (!found) throw new MessageError('no_such_document');
    await sendAsset(ctx, found);
  });

  return compose([
    docsHeaders,
    strictTransport(publicBaseUrl),
    tellFaults,
    requireHttps,
    limitPages(limiter, 'page'),
    router.routes() as Middleware,
    refuseOtherMethods(router),
    () => {
      throw new MessageError('no_such_document');
    },
  ]);
}

/** While servers are replaced, pages of one version ask the other one: they get what it has, and don't keep it. */
function sendAsset(ctx: Context, { resource, isCurrent }: { resource: Resource; isCurrent: boolean }): Promise<void> {
  return sendResource(ctx, resource, isCurrent ? 'public, max-age=31536000, immutable' : 'no-store');
}

/** The same for everyone; a new version of the server may say something else soon. */
const PAGE_CACHE = 'public, max-age=300';

const POLICY_OF_ALL = "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/** Guides: our own style and icon, and nothing that runs. */
const GUIDE_POLICY = `default-src 'none'; style-src 'self'; img-src 'self'; ${POLICY_OF_ALL}`;
/** The reference: our own scripts, which call this server; Swagger UI's style has its arrows in `data:` addresses. */
const REFERENCE_POLICY = `default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; ${POLICY_OF_ALL}`;

const docsHeaders: Middleware = (ctx, next) => {
  ctx.set('Content-Security-Policy', GUIDE_POLICY);
  ctx.set('Referrer-Policy', 'same-origin');
  ctx.set('X-Frame-Options', 'DENY');
  ctx.set('Cross-Origin-Opener-Policy', 'same-origin');
  return next();
};
