import { randomBytes } from 'node:crypto';
import { exportJWK, generateKeyPair } from 'jose';
import { type Configuration, interactionPolicy, type KoaContextWithOIDC } from 'oidc-provider';
import { createClientAdapter, type IdentityClient } from './client-adapter.ts';
import { createMemoryAdapter } from './memory-adapter.ts';
import { errorPage } from './pages.ts';
import { claimsOf, type IdentityUser } from './user.ts';

const HOUR = 3600;
const SCOPES = 'openid email profile';

/** Where the page is on which somebody says who they are. */
export const INTERACTION_ROOT = '/interaction';

/**
 * How the library is to behave here. Its claims are in the ID token as well as at userinfo, as most providers have it
 * (`conformIdTokenClaims: false`).
 *
 * @param findUser asked at each request, so that users may change while the provider runs.
 */
export async function configure(
  client: IdentityClient,
  findUser: (subject: string) => IdentityUser | undefined,
): Promise<Configuration> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  return {
    adapter: (kind) => (kind === 'Client' ? createClientAdapter(client) : createMemoryAdapter()),
    jwks: { keys: [{ ...(await exportJWK(privateKey)), use: 'sig', alg: 'RS256' }] },
    cookies: {
      keys: [randomBytes(32)],
      // Browsers keep one jar for all ports of a host; the service that signs in here is on the same one.
      names: { session: 'idp_session', interaction: 'idp_interaction', resume: 'idp_resume' },
    },
    scopes: ['openid'],
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    conformIdTokenClaims: false,
    clientAuthMethods: ['client_secret_post'],
    responseTypes: ['code'],
    pkce: { required: () => true },
    features: { devInteractions: { enabled: false }, rpInitiatedLogout: { enabled: false } },
    interactions: { url: (_, { uid }) => `${INTERACTION_ROOT}/${uid}`, policy: createPolicy(findUser) },
    clientBasedCORS: () => false,
    ttl: {
      AccessToken: HOUR,
      AuthorizationCode: 60,
      IdToken: HOUR,
      Interaction: HOUR,
      Session: 24 * HOUR,
      Grant: HOUR,
    },
    loadExistingGrant: grantEverything,
    findAccount: (_, subject) => {
      const user = findUser(subject);
      return user && { accountId: subject, claims: () => ({ ...claimsOf(user) }) };
    },
    renderError: (context, { error, error_description: description }) => {
      context.type = 'html';
      context.body = errorPage(description ? `${error}: ${description}` : error);
    },
  };
}

/** Asks who it is, also where the session is of a user who is no more; never asks for consent. */
function createPolicy(findUser: (subject: string) => IdentityUser | undefined) {
  const policy = interactionPolicy.base();
  policy.remove('consent');
  const isGone = ({ oidc: { session } }: KoaContextWithOIDC) =>
    session?.accountId !== undefined && findUser(session.accountId) === undefined;
  policy.get('login')?.checks.add(new interactionPolicy.Check('user_gone', 'The user of the session is gone', isGone));
  return policy;
}

async function grantEverything({ oidc }: KoaContextWithOIDC) {
  const { provider, client, session } = oidc;
  const grant = new provider.Grant({ clientId: client?.clientId, accountId: session?.accountId });
  grant.addOIDCScope(SCOPES);
  await grant.save();
  return grant;
}
