import type { Middleware } from 'koa';
import type { Logger } from '../../observability/logger.ts';
import type { Metrics } from '../../observability/metrics.ts';
import type { ApiContext } from '../request-state.ts';

/** One line and two metrics for each answer. No header, query or body is logged: they hold secrets. */
export function accessLog(logger: Logger, metrics: Metrics): Middleware {
  // None of the fields below is ever masked by its name, and looking for such names costs more than the rest of the line.
  const lines = logger.child({}, { redact: [] });
  return async (plain, next) => {
    const ctx = plain as ApiContext;
    const started = process.hrtime.bigint();
    await next();
    const seconds = Number(process.hrtime.bigint() - started) / 1e9;
    const operation = ctx.state.operation?.operationId ?? 'none';
    metrics.httpRequests.inc({ operation, status: ctx.status });
    if (ctx.status === 429) metrics.rateLimited.inc({ operation });
    metrics.httpDuration.observe({ operation }, seconds);
    // Load balancers ask all the time.
    const level = ctx.path === '/healthz' || ctx.path === '/health' ? 'debug' : 'info';
    if (!lines.isLevelEnabled(level)) return;
    lines[level](
      {
        method: ctx.method,
        path: ctx.path,
        operation,
        status: ctx.status,
        duration_ms: Math.round(seconds * 10_000) / 10,
        client_address: ctx.state.clientAddress,
        client_version: clientHeader(ctx, 'Version'),
        client_platform: clientHeader(ctx, 'Platform'),
      },
      'request',
    );
  };
}

/** The plugin's word about itself, under its present or its former name; cut, because anyone can send it. */
export function clientHeader(ctx: ApiContext, name: 'Version' | 'Platform'): string | undefined {
  const value = ctx.get(`X-Telemy-Client-${name}`) || ctx.get(`X-Aegis-Client-${name}`);
  return value === '' ? undefined : value.slice(0, 64);
}
