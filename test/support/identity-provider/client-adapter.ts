import type { Adapter, AdapterPayload } from 'oidc-provider';

/** The one application that may send people here. */
export interface IdentityClient {
  clientId: string;
  clientSecret: string;
  /** Where it may be answered to. Asked at each request; while there is none, the client is not known. */
  redirectUris: () => readonly string[];
}

/**
 * "Storage" of clients that knows one and makes it up anew each time it is asked: the address of a server that takes a
 * free port is known only once it listens, behind the provider that it is to use.
 */
export function createClientAdapter({ clientId, clientSecret, redirectUris }: IdentityClient): Adapter {
  const refuse = async (): Promise<never> => {
    throw new Error('Clients of this provider are fixed.');
  };
  return {
    async find(id): Promise<AdapterPayload | undefined> {
      const uris = redirectUris();
      if (id !== clientId || uris.length === 0) return undefined;
      return {
        client_id: clientId,
        client_secret: clientSecret,
        token_endpoint_auth_method: 'client_secret_post',
        redirect_uris: [...uris],
        grant_types: ['authorization_code'],
        response_types: ['code'],
      };
    },
    upsert: refuse,
    findByUid: refuse,
    findByUserCode: refuse,
    consume: refuse,
    destroy: refuse,
    revokeByGrantId: refuse,
  };
}
