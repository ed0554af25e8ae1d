import type { Fault } from '../../vendor-server/faults.ts';

/** What the scripted provider does that a good one doesn't. What is left out is done well. */
export interface Script {
  /** Of the discovery document: its `issuer` is another one. */
  discoveryIssuer?: 'wrong';
  /** `missing`: discovery doesn't say how clients prove themselves. */
  authMethods?: 'missing';

  /** The authorization endpoint refuses with this error instead of asking anybody. */
  refusal?: 'access_denied' | 'server_error';
  /** `state` of the authorization response. */
  state?: 'wrong' | 'missing';
  /** `iss` of the authorization response, which discovery promises unless it is missing (RFC 9207). */
  responseIssuer?: 'wrong' | 'missing';
  /** `reused`: hands out the last code that was exchanged already; there must be one. */
  code?: 'reused';

  /** Of the ID token. */
  nonce?: 'wrong' | 'missing';
  /** `iss` of the ID token. */
  tokenIssuer?: 'wrong';
  /** `aud` of the ID token. */
  audience?: 'wrong';
  /**
   * When the ID token holds:
   * - `expired`: it was issued two hours ago, and ended an hour ago
   * - `future`: it says that it was issued in an hour
   * - `notYet`: that, and by `nbf` it holds only from then on
   */
  time?: 'expired' | 'future' | 'notYet';
  /**
   * How the ID token is signed:
   * - `unknownKey`: by a key that was never published, under a key id that wasn't either
   * - `forged`: by a key that was never published, under the id of one that is
   * - `none`: not at all, as `alg: none` says
   * - `hmac`: HS256 with the client secret
   */
  signature?: 'unknownKey' | 'forged' | 'none' | 'hmac';
  /**
   * Where the email claims are:
   * - `userinfo`: only there, not in the ID token
   * - `onlyIfClaimed`: in either only if the request's `claims` parameter asks for `email` there, as at Twitch
   *   (https://dev.twitch.tv/docs/authentication/getting-tokens-oidc); discovery says that there is this parameter
   */
  emailPlace?: 'userinfo' | 'onlyIfClaimed';
  /** The claim that the name is in; default: `name`. Twitch has no other than this. */
  nameClaim?: 'preferred_username';
  /** The claim `email_verified`: false, left out, or the text "true" instead of the truth value. */
  emailVerified?: 'false' | 'missing' | 'text';
  /** `sub` at userinfo. */
  userinfoSubject?: 'wrong';

  /** `html`: the token endpoint answers 200 with a page. */
  tokenAnswer?: 'html';
  /** `array`: of the token answer; Twitch sends a list where RFC 6749 wants a text. */
  scope?: 'array';

  /** What calls run into: failing statuses, connections that hang or are cut; see `at`. */
  faults?: Fault[];
}

/** The paths of the scripted provider. */
export const PATHS = {
  discovery: '/.well-known/openid-configuration',
  jwks: '/jwks',
  authorization: '/authorize',
  token: '/token',
  userinfo: '/userinfo',
} as const;

/** A fault that hits every call of one endpoint, such as `at('token', 'hang')`. */
export function at(endpoint: keyof typeof PATHS, kind: Fault['kind'], more: Partial<Fault> = {}): Fault {
  return { kind, path: new RegExp(`^${PATHS[endpoint].replaceAll('.', '\\.')}$`), ...more };
}
