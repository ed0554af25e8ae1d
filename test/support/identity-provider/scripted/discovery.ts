import type { VendorAnswer } from '../../vendor-server/server.ts';
import { PATHS } from './script.ts';
import type { ProviderState } from './state.ts';

/** What clients learn of the provider: OpenID Connect Discovery 1.0, section 3. */
export function serveDiscovery({ issuer, script }: ProviderState): VendorAnswer {
  return {
    status: 200,
    body: {
      issuer: script.discoveryIssuer === 'wrong' ? `${issuer}/other` : issuer,
      authorization_endpoint: `${issuer}${PATHS.authorization}`,
      token_endpoint: `${issuer}${PATHS.token}`,
      userinfo_endpoint: `${issuer}${PATHS.userinfo}`,
      jwks_uri: `${issuer}${PATHS.jwks}`,
      scopes_supported: ['openid', 'email', 'profile'],
      response_types_supported: ['code'],
      grant_types_supported: ['authorization_code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
      claims_supported: ['sub', 'email', 'email_verified', 'name'],
      authorization_response_iss_parameter_supported: script.responseIssuer !== 'missing',
      ...(script.authMethods === 'missing' ? {} : { token_endpoint_auth_methods_supported: ['client_secret_post'] }),
      ...(script.emailPlace === 'onlyIfClaimed' ? { claims_parameter_supported: true } : {}),
    },
  };
}
