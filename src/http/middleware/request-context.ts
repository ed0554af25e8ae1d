import type { Middleware } from 'koa';
import type { ClientAddress } from '../client-address.ts';
import type { Contract } from '../contract.ts';
import type { ApiContext } from '../request-state.ts';

/** Finds out who asks for what: the client's address and the contract's operation. */
export function requestContext(contract: Contract, clientAddress: ClientAddress, draining: AbortSignal): Middleware {
  return (plain, next) => {
    const ctx = plain as ApiContext;
    ctx.state.signal = () => endSignal(ctx, draining);
    ctx.state.principals = {};
    ctx.state.clientAddress = clientAddress(ctx.req.socket.remoteAddress ?? '', ctx.headers);
    if (draining.aborted) ctx.set('Connection', 'close');
    const operation = contract.match(ctx.method, ctx.path);
    if (operation) ctx.state.operation = operation;
    return next();
  };
}

/** Made on demand: few operations take long enough to be cut short. */
function endSignal(ctx: ApiContext, draining: AbortSignal): AbortSignal {
  const hungUp = new AbortController();
  ctx.res.once('close', () => hungUp.abort());
  return AbortSignal.any([hungUp.signal, draining]);
}
