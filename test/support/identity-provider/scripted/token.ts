import { createHash, randomUUID } from 'node:crypto';
import type { VendorAnswer } from '../../vendor-server/server.ts';
import { makeIdToken } from './id-token.ts';
import type { Authorization, ProviderState } from './state.ts';

/** Exchanges a code, once, for an access token and an ID token: RFC 6749, section 4.1.3, and RFC 7636. */
export async function serveToken(state: ProviderState, body: unknown): Promise<VendorAnswer> {
  const { script, clientId, clientSecret } = state;
  const form = new URLSearchParams(typeof body === 'string' ? body : '');
  if (form.get('client_id') !== clientId || form.get('client_secret') !== clientSecret) {
    return refuse(401, 'invalid_client');
  }
  if (form.get('grant_type') !== 'authorization_code') return refuse(400, 'unsupported_grant_type');
  const authorization = exchange(state, form);
  if (!authorization) return refuse(400, 'invalid_grant');
  if (script.tokenAnswer === 'html') {
    return { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<!doctype html><title>Welcome</title>' };
  }
  const accessToken = randomUUID();
  state.tokens.set(accessToken, authorization);
  const scope = authorization.request.get('scope') ?? '';
  return {
    status: 200,
    headers: { 'Cache-Control': 'no-store' },
    body: {
      access_token: accessToken,
      token_type: 'Bearer',
      expires_in: 3600,
      scope: script.scope === 'array' ? scope.split(' ') : scope,
      id_token: await makeIdToken(state, authorization),
    },
  };
}

/** What the code stands for. It is used up even where the rest of the request is wrong. */
function exchange(state: ProviderState, form: URLSearchParams): Authorization | undefined {
  const code = form.get('code') ?? '';
  const authorization = state.codes.get(code);
  if (!authorization) return undefined;
  state.codes.delete(code);
  state.usedCode = code;
  const { request } = authorization;
  const challenge = createHash('sha256')
    .update(form.get('code_verifier') ?? '')
    .digest('base64url');
  const isOurs = challenge === request.get('code_challenge');
  return isOurs && form.get('redirect_uri') === request.get('redirect_uri') ? authorization : undefined;
}

function refuse(status: number, error: string): VendorAnswer {
  return { status, headers: { 'Cache-Control': 'no-store' }, body: { error } };
}
