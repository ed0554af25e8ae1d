import type { Middleware } from 'koa';
import type { Contract } from '../contract.ts';

const ALLOWED = ['authorization', 'content-type', 'idempotency-key', 'if-none-match', 'x-request-id'];
const EXPOSED =
  'ETag, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-ID, Idempotent-Replayed';
/** Of deprecated operations alone. */
const DEPRECATION = 'Deprecation, Sunset, Link';
/** How long a browser may remember a preflight, in seconds; browsers cap it by themselves. */
const MAX_AGE = '7200';

/**
 * Opens the operations with `x-cors` to pages of any origin, without credentials: docks are web pages inside OBS, and
 * their tokens travel in headers. Answers preflights, which aren't limited.
 */
export function cors(contract: Contract): Middleware {
  return (ctx, next) => {
    const asked = ctx.get('Access-Control-Request-Method');
    const preflight = ctx.method === 'OPTIONS' && asked !== '';
    const operation = ctx.get('Origin') === '' ? undefined : contract.match(preflight ? asked : ctx.method, ctx.path);
    if (!operation?.['x-cors']) return next();
    ctx.set('Access-Control-Allow-Origin', '*');
    if (!preflight) {
      ctx.set('Access-Control-Expose-Headers', operation.deprecated ? `${EXPOSED}, ${DEPRECATION}` : EXPOSED);
      return next();
    }
    ctx.set('Access-Control-Allow-Methods', asked);
    ctx.set('Access-Control-Allow-Headers', allowedHeaders(ctx.get('Access-Control-Request-Headers')));
    ctx.set('Access-Control-Max-Age', MAX_AGE);
    ctx.status = 204;
  };
}

function allowedHeaders(requested: string): string {
  const names = requested.split(',').map((name) => name.trim().toLowerCase());
  return names.filter((name) => ALLOWED.includes(name) || /^x-telemy-[a-z0-9-]+$/.test(name)).join(', ');
}
