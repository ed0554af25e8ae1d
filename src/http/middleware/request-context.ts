import type { Middleware } from 'koa';
import type { ClientAddress } from '../client-address.ts';
import type { ClientCountry } from '../client-country.ts';
import type { Contract } from '../contract.ts';
import type { ApiContext } from '../request-state.ts';

/** Longest origin that is kept, in characters: a scheme, a host name of 253 and a port. */
const LONGEST_ORIGIN = 300;

export interface RequestContextOptions {
  contract: Contract;
  clientAddress: ClientAddress;
  clientCountry: ClientCountry;
  /** Aborted when the server begins to drain. */
  draining: AbortSignal;
}

/** Finds out who asks for what: where the client is, and the contract's operation. */
export function requestContext(options: RequestContextOptions): Middleware {
  const { contract, clientAddress, clientCountry, draining } = options;
  return (plain, next) => {
    const ctx = plain as ApiContext;
    ctx.state.signal = () => endSignal(ctx, draining);
    ctx.state.principals = {};
    const peer = ctx.req.socket.remoteAddress ?? '';
    const { address, viaCloudflare, byPlainHttp } = clientAddress(peer, ctx.headers);
    ctx.state.clientAddress = address;
    ctx.state.byPlainHttp = byPlainHttp;
    ctx.state.clientCountry = () => clientCountry(address, viaCloudflare ? ctx.get('CF-IPCountry') : '');
    ctx.state.clientOrigin = ctx.get('Origin').slice(0, LONGEST_ORIGIN) || null;
    if (draining.aborted) ctx.set('Connection', 'close');
    const operation = contract.match(ctx.method, ctx.path);
    if (operation) ctx.state.operation = operation;
    return next();
  };
}

/** Made on demand: few operations take long enough to be cut short. */
function endSignal(ctx: ApiContext, draining: AbortSignal): AbortSignal {
  const hungUp = new AbortController();
  const { res } = ctx;
  // One that was answered is closed too, and nobody is left to be told.
  const tell = () => res.writableFinished || hungUp.abort();
  if (res.destroyed) tell();
  else res.once('close', tell);
  return AbortSignal.any([hungUp.signal, draining]);
}
