import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  type DiscoveryRequestOptions,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  type IDToken,
  type UserInfoResponse,
} from 'openid-client';
import type { Identity } from './identity-service.ts';
import type { OidcSettings } from './oidc-settings.ts';
import { createProviderFetch, ProviderAwayError } from './provider-fetch.ts';

/** What one sign-in at the provider needs to know from its beginning to its end; secret. */
export interface SignInSecrets {
  nonce: string;
  codeVerifier: string;
}

/** A sign-in at the provider that came to nothing. The message is for the log. */
export class SignInFailedError extends Error {
  override name = 'SignInFailedError';
  /** `cancelled`: the person said no there. `away`: the provider doesn't work. `refused`: what it says doesn't hold. */
  readonly reason: 'cancelled' | 'away' | 'refused';

  constructor(reason: 'cancelled' | 'away' | 'refused', cause: unknown) {
    super(tellCauses(cause), { cause });
    this.reason = reason;
  }
}

/** Sign-in at an identity provider by the authorization code flow with PKCE (OpenID Connect Core 1.0, RFC 7636). */
export interface OidcClient {
  /**
   * Where to send the browser.
   *
   * @param state comes back with the browser.
   * @param another whether the person wants to sign in as someone else than before.
   * @throws SignInFailedError
   */
  begin(request: SignInSecrets & { redirectUri: string; state: string; another: boolean }): Promise<URL>;
  /**
   * Who has signed in.
   *
   * @param callbackUrl the redirect URI with what came back in its query.
   * @throws SignInFailedError
   */
  finish(request: SignInSecrets & { callbackUrl: URL; state: string }): Promise<Identity>;
}

/** How long to wait for each answer of the provider, in seconds. */
const TIMEOUT_SECONDS = 8;
/** Codes of OAuth's errors, where they look like one: they come from outside. */
const ERROR_CODE = /^\w{1,64}$/;
const LONGEST_NAME = 128;
/** Longest path of a mailbox (RFC 5321, section 4.5.3.1.3). */
const LONGEST_EMAIL = 254;

/** @param timeoutSeconds how long to wait for each answer of the provider. */
export function createOidcClient(settings: OidcSettings, timeoutSeconds = TIMEOUT_SECONDS): OidcClient {
  const provider = createProviderFetch();

  /**
   * The provider's metadata are fetched once, and after a failure anew, because its addresses may have changed. Its keys
   * are fetched for each sign-in: the library would look for new ones no more than once a minute, and fail until then.
   */
  const withProvider = async <T>(act: (provider: Configuration) => Promise<T>): Promise<T> => {
    try {
      return await act(await discover(settings, { timeout: timeoutSeconds, [customFetch]: provider.fetch }));
    } catch (error) {
      if (error instanceof AuthorizationResponseError) throw new SignInFailedError(reasonOf(error), error);
      provider.forget();
      throw new SignInFailedError(isAway(error) ? 'away' : 'refused', error);
    }
  };

  return {
    begin: ({ redirectUri, state, nonce, codeVerifier, another }) =>
      withProvider(async (provider) =>
        buildAuthorizationUrl(provider, {
          redirect_uri: redirectUri,
          scope: settings.scopes.join(' '),
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(codeVerifier),
          code_challenge_method: 'S256',
          ...(another ? { prompt: 'login' } : {}),
          // Twitch tells an e-mail only to those who ask for it in this way (OpenID Connect Core 1.0, section 5.5).
          ...(provider.serverMetadata().claims_parameter_supported ? { claims: CLAIMS } : {}),
        }),
      ),
    finish: ({ callbackUrl, state, nonce, codeVerifier }) =>
      withProvider(async (provider) => {
        const tokens = await authorizationCodeGrant(provider, callbackUrl, {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: codeVerifier,
          idTokenExpected: true,
        });
        const claims = tokens.claims() as IDToken;
        return toIdentity(claims, await findProfile(provider, tokens.access_token, claims));
      }),
  };
}

const CLAIMS = JSON.stringify({ id_token: { email: null, email_verified: null, preferred_username: null } });

function discover(
  { issuer, clientId, clientSecret }: OidcSettings,
  options: DiscoveryRequestOptions,
): Promise<Configuration> {
  const isPlain = issuer.startsWith('http:');
  return discovery(new URL(issuer), clientId, clientSecret, undefined, {
    ...options,
    execute: [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])],
  });
}

/** Where the ID token tells no e-mail, the provider may tell it when it is asked. */
async function findProfile(
  provider: Configuration,
  accessToken: string,
  claims: IDToken,
): Promise<IDToken | UserInfoResponse> {
  if (claims.email !== undefined || provider.serverMetadata().userinfo_endpoint === undefined) return claims;
  return fetchUserInfo(provider, accessToken, claims.sub);
}

function toIdentity({ iss, sub }: IDToken, profile: IDToken | UserInfoResponse): Identity {
  const { email, email_verified: verified, name, preferred_username: userName } = profile;
  // Some providers write it as text.
  const isVerified = verified === true || (verified as unknown) === 'true';
  const isUsable =
    typeof email === 'string' && email.length <= LONGEST_EMAIL && /^[^\s@\p{C}]+@[^\s@\p{C}]+$/u.test(email);
  return {
    issuer: iss,
    subject: sub,
    email: isVerified && isUsable ? email : null,
    displayName: toName(name) || toName(userName),
  };
}

function toName(value: unknown): string {
  return typeof value === 'string' ? value.replaceAll(/\p{C}/gu, '').trim().slice(0, LONGEST_NAME) : '';
}

/** What the provider sent the browser back with (RFC 6749, section 4.1.2.1). */
function reasonOf({ error }: AuthorizationResponseError): 'cancelled' | 'away' | 'refused' {
  if (error === 'access_denied') return 'cancelled';
  return error === 'server_error' || error === 'temporarily_unavailable' ? 'away' : 'refused';
}

function isAway(error: unknown): boolean {
  return causesOf(error).some((cause) => cause instanceof ProviderAwayError);
}

function causesOf(error: unknown): unknown[] {
  return error instanceof Error ? [error, ...causesOf(error.cause)] : [];
}

function tellCauses(error: unknown): string {
  return causesOf(error)
    .map((cause) => {
      const { message, error: code } = cause as Error & { error?: unknown };
      return typeof code === 'string' && ERROR_CODE.test(code) ? `${message} (${code})` : message;
    })
    .join(': ');
}
