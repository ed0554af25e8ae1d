import { randomUUID } from 'node:crypto';
import type { VendorAnswer } from '../../vendor-server/server.ts';
import type { ProviderState } from './state.ts';

/** Sends the browser back at once, as if the user had said yes. A request that isn't in order gets 400 and no redirect. */
export function serveAuthorization(state: ProviderState, request: URLSearchParams): VendorAnswer {
  const fault = faultOf(request, state.clientId);
  if (fault) return { status: 400, body: { error: 'invalid_request', error_description: fault } };
  const target = new URL(request.get('redirect_uri') ?? '');
  const { refusal } = state.script;
  if (refusal) {
    target.searchParams.set('error', refusal);
    target.searchParams.set('error_description', `Scripted: ${refusal}`);
  } else {
    target.searchParams.set('code', takeCode(state, request));
  }
  addState(target, request.get('state'), state);
  addIssuer(target, state);
  return { status: 303, headers: { Location: target.href }, body: undefined };
}

function faultOf(request: URLSearchParams, clientId: string): string | undefined {
  if (request.get('client_id') !== clientId) return 'client_id is unknown';
  if (request.get('response_type') !== 'code') return 'response_type is not code';
  if (!URL.canParse(request.get('redirect_uri') ?? '')) return 'redirect_uri is no address';
  if (!request.get('scope')?.split(' ').includes('openid')) return 'scope has no openid';
  if (request.get('code_challenge_method') !== 'S256') return 'code_challenge_method is not S256';
  if (!request.get('code_challenge')) return 'code_challenge is missing';
  return undefined;
}

function takeCode(state: ProviderState, request: URLSearchParams): string {
  if (state.script.code === 'reused') {
    if (state.usedCode === undefined) throw new Error('No code was exchanged that could be handed out again.');
    return state.usedCode;
  }
  const code = randomUUID();
  state.codes.set(code, { request, user: structuredClone(state.user) });
  return code;
}

function addState(target: URL, asked: string | null, { script }: ProviderState): void {
  if (asked === null || script.state === 'missing') return;
  target.searchParams.set('state', script.state === 'wrong' ? `${asked}-changed` : asked);
}

function addIssuer(target: URL, { issuer, script }: ProviderState): void {
  if (script.responseIssuer === 'missing') return;
  target.searchParams.set('iss', script.responseIssuer === 'wrong' ? `${issuer}/other` : issuer);
}
