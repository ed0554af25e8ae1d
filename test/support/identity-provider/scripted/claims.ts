import { claimsOf } from '../user.ts';
import type { Script } from './script.ts';
import type { Authorization } from './state.ts';

/** What is said of the user at a place: as far as the request's scopes reach, and as the script has it. */
export function claimsAt(
  place: 'id_token' | 'userinfo',
  { request, user }: Authorization,
  { emailPlace, emailVerified, nameClaim }: Script,
): Record<string, unknown> {
  const scopes = request.get('scope')?.split(' ') ?? [];
  const { sub, name, email, email_verified: verified } = claimsOf(user);
  const claims: Record<string, unknown> = { sub };
  if (scopes.includes('profile')) claims[nameClaim ?? 'name'] = name;
  const isElsewhere = emailPlace === 'userinfo' && place === 'id_token';
  const isUnclaimed = emailPlace === 'onlyIfClaimed' && !isEmailClaimed(request, place);
  if (email === undefined || !scopes.includes('email') || isElsewhere || isUnclaimed) return claims;
  claims.email = email;
  if (emailVerified === 'missing') return claims;
  claims.email_verified = emailVerified === 'text' ? 'true' : emailVerified === 'false' ? false : verified;
  return claims;
}

/** OpenID Connect Core 1.0, section 5.5: the parameter names claims by place; their values may be null. */
function isEmailClaimed(request: URLSearchParams, place: string): boolean {
  const claimed = JSON.parse(request.get('claims') ?? '{}');
  return claimed[place] !== undefined && 'email' in claimed[place];
}
