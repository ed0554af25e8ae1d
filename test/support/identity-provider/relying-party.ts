import * as client from 'openid-client';

/** A sign-in under way, as the application that began it must remember it. */
export interface PendingSignIn {
  /** Where the browser is to go. */
  url: URL;
  state: string;
  nonce: string;
  codeVerifier: string;
}

/** An application that signs people in by openid-client, to try a provider with the library's own checks. */
export interface RelyingParty {
  configuration: client.Configuration;
  /** @param more further parameters of the authorization request, or others instead. */
  begin(more?: Record<string, string>): Promise<PendingSignIn>;
  /** Exchanges the code that came back to `url`. */
  finish(url: URL, pending: PendingSignIn): ReturnType<typeof client.authorizationCodeGrant>;
}

/** Reads the provider's discovery document. Signatures are checked too, which the library leaves to TLS by itself. */
export async function createRelyingParty(
  issuer: string,
  { clientId, clientSecret, redirectUri }: { clientId: string; clientSecret: string; redirectUri: string },
): Promise<RelyingParty> {
  const configuration = await client.discovery(
    new URL(issuer),
    clientId,
    undefined,
    client.ClientSecretPost(clientSecret),
    // The providers of tests listen on loopback, where TLS would protect nothing.
    { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] },
  );
  return {
    configuration,
    async begin(more = {}) {
      const pending = {
        state: client.randomState(),
        nonce: client.randomNonce(),
        codeVerifier: client.randomPKCECodeVerifier(),
      };
      const url = client.buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: 'openid email profile',
        state: pending.state,
        nonce: pending.nonce,
        code_challenge: await client.calculatePKCECodeChallenge(pending.codeVerifier),
        code_challenge_method: 'S256',
        ...more,
      });
      return { url, ...pending };
    },
    async finish(url, { state, nonce, codeVerifier }) {
      return await client.authorizationCodeGrant(configuration, url, {
        expectedState: state,
        expectedNonce: nonce,
        pkceCodeVerifier: codeVerifier,
        idTokenExpected: true,
      });
    },
  };
}
