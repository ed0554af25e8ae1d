import {
  AuthorizationResponseError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  customFetch,
  type DiscoveryRequestOptions,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  type IDToken,
  None,
  ResponseBodyError,
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
    const options = { timeout: timeoutSeconds, [customFetch]: provider.fetch };
    const configuration = await discover(settings, options).catch((error: unknown) => {
      provider.forget();
      throw new SignInFailedError('away', error);
    });
    try {
      return await act(configuration);
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
          ...(another ? anotherAccount(provider) : {}),
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
  const isPlain = new URL(issuer).protocol === 'http:';
  const proof = clientSecret === undefined ? None() : inTheirWay(clientSecret);
  return discovery(new URL(issuer), clientId, clientSecret, proof, {
    ...options,
    execute: [enableNonRepudiationChecks, ...(isPlain ? [allowInsecureRequests] : [])],
  });
}

/**
 * Proves us to the provider in the request's form, or in its head where the provider says that it takes nothing else. The
 * standard's default is the head, but some that say nothing take the form alone, such as Twitch; others take both.
 */
function inTheirWay(clientSecret: string): ClientAuth {
  return (server, client, body, headers) => {
    const { token_endpoint_auth_methods_supported: ways = ['client_secret_post'] } = server;
    const prove = ways.includes('client_secret_post') ? ClientSecretPost : ClientSecretBasic;
    return prove(clientSecret)(server, client, body, headers);
  };
}

/**
 * Parameters by which a provider asks who is there even if it knows someone. The standard's is `prompt` (OpenID Connect Core
 * 1.0, section 3.1.2.1); Google has no `login` among its values, and Twitch a parameter of its own
 * (https://developers.google.com/identity/openid-connect/openid-connect, https://dev.twitch.tv/docs/authentication).
 */
function anotherAccount(provider: Configuration): Record<string, string> {
  switch (new URL(provider.serverMetadata().issuer).hostname) {
    case 'accounts.google.com':
      return { prompt: 'select_account' };
    case 'id.twitch.tv':
      return { force_verify: 'true' };
    default:
      return { prompt: 'login' };
  }
}

/** Where the ID token doesn't tell of a verified e-mail, the provider may tell it when it is asked. */
async function findProfile(provider: Configuration, accessToken: string, claims: IDToken): Promise<IDToken> {
  const isTold = claims.email !== undefined && claims.email_verified !== undefined;
  if (isTold || provider.serverMetadata().userinfo_endpoint === undefined) return claims;
  return { ...claims, ...(await fetchUserInfo(provider, accessToken, claims.sub)) };
}

/** @throws Error when the subject is none (OpenID Connect Core 1.0, section 2: at most 255 ASCII characters). */
function toIdentity({ iss, sub }: IDToken, profile: IDToken): Identity {
  if (!/^[\x20-\x7e]{1,255}$/.test(sub)) throw new Error('the subject is too long, or not ASCII');
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

/** The provider doesn't work, or not for us: neither is for the person to mend. */
function isAway(error: unknown): boolean {
  return causesOf(error).some(
    (cause) =>
      cause instanceof ProviderAwayError ||
      (cause instanceof ResponseBodyError && (cause.error === 'invalid_client' || cause.status === 429)),
  );
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
