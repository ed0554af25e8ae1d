import Router from '@koa/router';
import Koa from 'koa';
import compose from 'koa-compose';
import { API_ROOT, type RateLimitPolicy, readContractText } from './contract-document.ts';
import { accessLog } from './middleware/access-log.ts';
import { cors } from './middleware/cors.ts';
import { requireDecodablePath } from './middleware/decodable-path.ts';
import { deprecation } from './middleware/deprecation.ts';
import { errorEnvelope } from './middleware/error-envelope.ts';
import { refuseOtherMethods } from './middleware/other-methods.ts';
import { addressRateLimit } from './middleware/rate-limit.ts';
import { rawBody } from './middleware/raw-body.ts';
import { type RequestContextOptions, requestContext } from './middleware/request-context.ts';
import { requestId } from './middleware/request-id.ts';
import { requireHttps } from './middleware/require-https.ts';
import { type ResponseCheckOptions, responseCheck } from './middleware/response-check.ts';
import type { RateLimiter } from './rate-limiter.ts';

export interface PublicAppOptions extends ResponseCheckOptions, RequestContextOptions {
  globalLimits: RateLimitPolicy[];
  limiter: RateLimiter;
  /** Records a span of each request, where traces are recorded. */
  trace?: Koa.Middleware | undefined;
  /** The pages that browsers open. */
  pages: Koa.Middleware;
}

/** The public server: the contract under `/api/v1`, and what stands beside it. The order below is a request's way. */
export function createPublicApp(options: PublicAppOptions): Koa {
  const { contract, logger, metrics } = options;
  const app = new Koa();
  app.use(requestId());
  if (options.trace) app.use(options.trace);
  app.use(accessLog(logger, metrics));
  app.use(securityHeaders);
  app.use(responseCheck(options));
  app.use(errorEnvelope(logger));
  app.use(requestContext(options));
  app.use(deprecation(contract));
  const plain = plainRoutes();
  const beside = compose([
    options.pages,
    (ctx, next) => (ALIVE_PATHS.includes(ctx.path) ? next() : requireHttps(ctx, next)),
    plain.routes() as Koa.Middleware,
    refuseOtherMethods(plain),
  ]);
  app.use((ctx, next) => (isInApi(ctx) ? next() : beside(ctx, next)));
  app.use(cors(contract));

  const api = compose([
    addressRateLimit(options.limiter, options.globalLimits),
    requireHttps,
    requireDecodablePath,
    rawBody(),
    contract.middleware,
  ]);
  app.use((ctx, next) => (isInApi(ctx) ? api(ctx, next) : requireDecodablePath(ctx, next)));
  app.on('error', (err, ctx) => logger.error({ err, request_id: ctx?.state?.requestId }, 'unhandled_request_error'));
  return app;
}

/** Where load balancers ask, which they do by plain HTTP and from inside. */
const ALIVE_PATHS = ['/healthz', '/health'];

function isInApi({ path }: Koa.Context): boolean {
  return path === API_ROOT || path.startsWith(`${API_ROOT}/`);
}

/** Answers that need no database: a load balancer's question whether the process lives, and the contract. */
function plainRoutes(): Router {
  const contractText = readContractText();
  const router = new Router();
  const alive = (ctx: Koa.Context) => {
    ctx.body = { status: 'ok' };
  };
  router.get(ALIVE_PATHS, alive);
  router.get('/openapi.json', (ctx) => {
    ctx.type = 'application/json';
    ctx.body = contractText;
  });
  return router;
}

/** JSON is never a page, and answers about people are never cached by anyone. */
const securityHeaders: Koa.Middleware = ({ res }, next) => {
  // `ctx.set` costs several times as much.
  res.setHeader('X-Content-Type-Options', 'nosniff');
  res.setHeader('Cache-Control', 'no-store');
  res.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  res.setHeader('Referrer-Policy', 'no-referrer');
  return next();
};
