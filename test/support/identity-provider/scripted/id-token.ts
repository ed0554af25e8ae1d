import { type JWTPayload, SignJWT, UnsecuredJWT } from 'jose';
import { claimsAt } from './claims.ts';
import type { Authorization, ProviderState } from './state.ts';

const HOUR = 3600;

/** The ID token of a sign-in, right or wrong as the script says. */
export async function makeIdToken(state: ProviderState, authorization: Authorization): Promise<string> {
  const { issuer, clientId, script } = state;
  const payload: JWTPayload = {
    iss: script.tokenIssuer === 'wrong' ? `${issuer}/other` : issuer,
    aud: script.audience === 'wrong' ? `${clientId}-other` : clientId,
    ...timesOf(state),
    ...nonceOf(state, authorization),
    ...claimsAt('id_token', authorization, script),
  };
  return await sign(payload, state);
}

function timesOf({ clock, script }: ProviderState): JWTPayload {
  const now = Math.floor(clock.now().getTime() / 1000);
  if (script.time === 'expired') return { iat: now - 2 * HOUR, exp: now - HOUR };
  if (script.time === 'future') return { iat: now + HOUR, exp: now + 2 * HOUR };
  if (script.time === 'notYet') return { iat: now + HOUR, nbf: now + HOUR, exp: now + 2 * HOUR };
  return { iat: now, exp: now + HOUR };
}

function nonceOf({ script }: ProviderState, { request }: Authorization): JWTPayload {
  const asked = request.get('nonce');
  if (asked === null || script.nonce === 'missing') return {};
  return { nonce: script.nonce === 'wrong' ? `${asked}-changed` : asked };
}

async function sign(payload: JWTPayload, { script, key, strangeKey, clientSecret }: ProviderState): Promise<string> {
  const { signature } = script;
  if (signature === 'none') return new UnsecuredJWT(payload).encode();
  const token = new SignJWT(payload);
  if (signature === 'hmac') {
    return await token.setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(clientSecret));
  }
  const id = signature === 'unknownKey' ? strangeKey.id : key.id;
  const { privateKey } = signature === undefined ? key : strangeKey;
  return await token.setProtectedHeader({ alg: 'RS256', kid: id }).sign(privateKey);
}
