import type { Middleware } from 'koa';
import type { Tracer } from '../../observability/tracing/tracer.ts';
import type { ApiContext } from '../request-state.ts';

/**
 * A span for each request, named by its operation. Only a trusted proxy may say which trace a request belongs to; what
 * anyone else says becomes a link, or strangers could write into traces of ours and decide what is kept.
 *
 * @param trusts whether a peer, given by its address, is a trusted proxy.
 */
export function traceRequests(tracer: Tracer, trusts: (peer: string) => boolean): Middleware {
  return (plain, next) => {
    const ctx = plain as ApiContext;
    // Load balancers ask all the time.
    if (ctx.path === '/healthz' || ctx.path === '/health') return next();
    const told = ctx.get('traceparent');
    const caller = trusts(ctx.req.socket.remoteAddress ?? '') ? { parent: told } : { link: told };
    const attributes = { 'http.request.method': ctx.method, 'telemy.request_id': ctx.state.requestId };
    return tracer.span(ctx.method, { kind: 'server', ...caller, attributes }, async (span) => {
      ctx.state.traceparent = span.traceparent;
      await next();
      const { operation } = ctx.state;
      if (operation) span.rename(operation.operationId);
      span.set({ 'http.response.status_code': ctx.status, 'telemy.operation': operation?.operationId ?? 'none' });
      if (ctx.status >= 500) span.fail(String(ctx.status));
    });
  };
}
