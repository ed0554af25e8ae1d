import { type Clock, systemClock } from '../../../../src/clock.ts';
import type { Fault } from '../../vendor-server/faults.ts';
import { listenAsVendor, type VendorAnswer, type VendorCall } from '../../vendor-server/server.ts';
import type { IdentityUser } from '../user.ts';
import { serveAuthorization } from './authorization.ts';
import { claimsAt } from './claims.ts';
import { serveDiscovery } from './discovery.ts';
import { createSigningKey } from './keys.ts';
import { PATHS, type Script } from './script.ts';
import type { ProviderState } from './state.ts';
import { serveToken } from './token.ts';

export type { VendorCall } from '../../vendor-server/server.ts';
export type { IdentityUser } from '../user.ts';
export { at, PATHS, type Script } from './script.ts';

export interface ScriptedProviderOptions {
  clientId: string;
  /** As long as the ID token's HS256 needs where the script asks for it: 32 characters or more. */
  clientSecret: string;
  /** Of the ID tokens; default: real time. */
  clock?: Clock;
}

/** A provider that takes whatever redirect URI it is given and does what its script says. */
export interface ScriptedProvider {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  issuer: string;
  /** Who signs in next. It may be replaced at any time. */
  user: IdentityUser;
  /**
   * What it does wrong. It may be replaced or changed at any time; what is wrong with discovery shows only to a client
   * that hasn't read it yet.
   */
  script: Script;
  /** Every call that came in whole, whatever it came to. */
  calls: VendorCall[];
  /** Signs with a new key from now on, and publishes only that one. */
  rotateKeys(): Promise<void>;
  close(): Promise<void>;
}

const FIRST_USER: IdentityUser = { subject: 'alice', email: 'alice@example.com', emailVerified: true, name: 'Alice' };

/** Starts a provider on 127.0.0.1 without any page: whoever is next is signed in at once. */
export async function startScriptedProvider(options: ScriptedProviderOptions): Promise<ScriptedProvider> {
  const { clientId, clientSecret, clock = systemClock } = options;
  const calls: VendorCall[] = [];
  const state: ProviderState = {
    issuer: '',
    clientId,
    clientSecret,
    clock,
    user: FIRST_USER,
    script: {},
    key: await createSigningKey('key-1'),
    strangeKey: await createSigningKey('key-of-somebody-else'),
    codes: new Map(),
    usedCode: undefined,
    tokens: new Map(),
  };
  const server = await listenAsVendor({
    ip: '127.0.0.1',
    port: 0,
    serve: (call) => serve(state, call),
    refuse,
    faultsNow: () => state.script.faults ?? [],
    random: Math.random,
    calls,
  });
  state.issuer = `http://127.0.0.1:${server.port}`;
  let keys = 1;
  return {
    issuer: state.issuer,
    calls,
    get user() {
      return state.user;
    },
    set user(user) {
      state.user = user;
    },
    get script() {
      return state.script;
    },
    set script(script) {
      state.script = script;
    },
    async rotateKeys() {
      keys += 1;
      state.key = await createSigningKey(`key-${keys}`);
    },
    close: server.close,
  };
}

function serve(
  state: ProviderState,
  { method, path, query, headers, body }: VendorCall,
): VendorAnswer | Promise<VendorAnswer> {
  switch (`${method} ${path}`) {
    case `GET ${PATHS.discovery}`:
      return serveDiscovery(state);
    case `GET ${PATHS.jwks}`:
      return { status: 200, body: { keys: [state.key.publicJwk] } };
    case `GET ${PATHS.authorization}`:
      return serveAuthorization(state, query);
    case `POST ${PATHS.token}`:
      return serveToken(state, body);
    case `GET ${PATHS.userinfo}`:
      return serveUserinfo(state, headers.authorization);
    default:
      return { status: 404, body: { error: 'not_found' } };
  }
}

function serveUserinfo({ tokens, script }: ProviderState, authorization = ''): VendorAnswer {
  const user = tokens.get(authorization.replace(/^Bearer /i, ''));
  if (!user) return { status: 401, headers: { 'WWW-Authenticate': 'Bearer error="invalid_token"' }, body: {} };
  const claims = claimsAt('userinfo', user, script);
  return { status: 200, body: { ...claims, ...(script.userinfoSubject ? { sub: `${claims.sub}-other` } : {}) } };
}

function refuse({ kind, status = 500, retryAfterSeconds = 60 }: Fault): VendorAnswer {
  if (kind !== 'throttled') return { status, body: { error: 'server_error' } };
  return { status: 429, headers: { 'Retry-After': String(retryAfterSeconds) }, body: { error: 'slow_down' } };
}
