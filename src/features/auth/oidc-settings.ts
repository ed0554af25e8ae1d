/** The OpenID Connect provider by which people sign in with a browser, and what is asked of it. */
export interface OidcSettings {
  /** Issuer identifier, exactly as the provider's discovery document and its ID tokens say it. */
  issuer: string;
  clientId: string;
  /** Sent in the form of the token request; undefined: this client is a public one, which PKCE alone protects. */
  clientSecret: string | undefined;
  /** `openid` is among them. */
  scopes: readonly string[];
  /** Whether an address that the provider calls verified counts as proven. */
  emailTrusted: boolean;
  /** How people are told of it, within a sentence. */
  providerName: string;
}
