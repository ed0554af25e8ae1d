import type { Middleware } from 'koa';
import { v4 as uuidv4, validate } from 'uuid';
import { runInContext } from '../../observability/work-context.ts';
import type { RequestState } from '../request-state.ts';

/**
 * Takes over the caller's X-Request-ID if it is a UUID, else makes one; tells it on every answer, and to all that is done
 * for the request.
 */
export function requestId(): Middleware {
  return (ctx, next) => {
    const given = ctx.get('X-Request-ID');
    const id = validate(given) ? given : uuidv4();
    ctx.state.requestId = id;
    ctx.res.setHeader('X-Request-ID', id);
    const state = ctx.state as RequestState;
    return runInContext(() => state, next);
  };
}
