import Router from '@koa/router';
import Koa from 'koa';
import getRawBody from 'raw-body';
import type { Logger } from '../observability/logger.ts';
import { errors } from './errors.ts';
import { errorEnvelope } from './middleware/error-envelope.ts';
import { refuseOtherMethods } from './middleware/other-methods.ts';
import { requestId } from './middleware/request-id.ts';

/** What the service needs to do its work, by name: `ok`, or what is wrong. */
export type Readiness = Readonly<Record<string, string>>;

/** What development may do to the running service. */
export interface DevelopmentSwitches {
  /** Moves the service's clock; returns its time. */
  advanceClock(seconds: number): Promise<Date>;
  now(): Date;
  readFaults(): Promise<object>;
  /** Rejects with an Error whose message lists what is wrong with the faults. */
  setFaults(faults: object): Promise<object>;
  resetFaults(): Promise<object>;
  /** Puts everything back to how it was at the start and tells what there is; undefined where nobody may. */
  reset: (() => Promise<object>) | undefined;
}

export interface AdminAppOptions {
  readiness(): Promise<Readiness>;
  /** What is counted, in a form that Prometheus reads. */
  scrape(): Promise<{ contentType: string; text: string }>;
  /** Absent in production, and where several processes have a clock each: the switches refuse then. */
  switches: DevelopmentSwitches | undefined;
  logger: Logger;
}

/** A clock may be moved by at most this much at once, in seconds (100 days). */
const LONGEST_ADVANCE = 100 * 86_400;
const BODY_LIMIT = 65_536;
const NO_RESET =
  'A reset empties the database, and this one may be of use to somebody. Only `npm run mock -- --stateful` takes it.';

/** The server for operators and for development. Never public: it listens on loopback unless told otherwise. */
export function createAdminApp(options: AdminAppOptions): Koa {
  const app = new Koa();
  app.use(requestId());
  app.use(errorEnvelope(options.logger));
  for (const router of [watchRoutes(options), developmentRoutes(options.switches)]) {
    app.use(router.routes());
    app.use(refuseOtherMethods(router));
  }
  return app;
}

function watchRoutes({ readiness, scrape }: AdminAppOptions): Router {
  const router = new Router();
  router.get('/metrics', async (ctx) => {
    const { contentType, text } = await scrape();
    ctx.type = contentType;
    ctx.body = text;
  });
  router.get('/readyz', async (ctx) => {
    const checks = await readiness();
    const ready = Object.values(checks).every((result) => result === 'ok');
    ctx.status = ready ? 200 : 503;
    ctx.body = { status: ready ? 'ready' : 'not_ready', checks };
  });
  return router;
}

function developmentRoutes(switches: DevelopmentSwitches | undefined): Router {
  const router = new Router({ prefix: '/dev' });
  const allowed = (): DevelopmentSwitches => {
    if (!switches)
      throw errors.forbidden('Development switches are refused in production, and where several processes answer.');
    return switches;
  };
  router.use(refusePages);
  router.get('/clock', async (ctx) => {
    ctx.body = { now: allowed().now().toISOString() };
  });
  router.post('/clock', async (ctx) => {
    const { advance_seconds: seconds } = (await readJson(ctx, allowed())) as { advance_seconds?: unknown };
    if (typeof seconds !== 'number' || !Number.isFinite(seconds) || Math.abs(seconds) > LONGEST_ADVANCE) {
      const message = `must be a number of at most ${LONGEST_ADVANCE} seconds`;
      throw errors.invalidRequest([{ path: '/body/advance_seconds', message }]);
    }
    ctx.body = { now: (await allowed().advanceClock(seconds)).toISOString() };
  });
  router.get('/faults', async (ctx) => {
    ctx.body = await allowed().readFaults();
  });
  router.put('/faults', async (ctx) => {
    const faults = await readJson(ctx, allowed());
    ctx.body = await allowed()
      .setFaults(faults)
      .catch((error: Error) => {
        throw errors.invalidRequest([{ path: '/body', message: error.message }]);
      });
  });
  router.delete('/faults', async (ctx) => {
    ctx.body = await allowed().resetFaults();
  });
  router.post('/reset', async (ctx) => {
    const { reset } = allowed();
    if (!reset) throw errors.forbidden(NO_RESET);
    ctx.body = await reset();
  });
  return router;
}

/** Any web page can have the browser of a developer send requests here; only browsers say where those come from. */
const refusePages: Koa.Middleware = (ctx, next) => {
  const site = ctx.get('Sec-Fetch-Site');
  const isOfPage = ctx.get('Origin') !== '' || (site !== '' && site !== 'none');
  if (isOfPage) throw errors.forbidden('Development switches are for tools, not for web pages.');
  return next();
};

async function readJson(ctx: Koa.Context, _switches: DevelopmentSwitches): Promise<object> {
  const text = await getRawBody(ctx.req, { limit: BODY_LIMIT, encoding: 'utf-8' }).catch((error) => {
    throw error.type === 'entity.too.large' ? errors.payloadTooLarge(BODY_LIMIT) : error;
  });
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Falls through to the one answer for all bodies that are no object.
  }
  throw errors.invalidRequest([{ path: '/body', message: 'must be a JSON object' }]);
}
