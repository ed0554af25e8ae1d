import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';
import type { IdentityClient } from './client-adapter.ts';
import { configure } from './configuration.ts';
import { createInteraction } from './interaction.ts';
import type { IdentityUser } from './user.ts';

export { WARNING } from './pages.ts';
export type { IdentityUser } from './user.ts';

export interface IdentityProviderOptions extends IdentityClient {
  /** Default 0: any free one. */
  port?: number;
  users: readonly IdentityUser[];
}

export interface IdentityProvider {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  issuer: string;
  /** Who may sign in. It may be replaced at any time; sessions of users who are no more end by that. */
  users: readonly IdentityUser[];
  /** Frees the port and cuts open connections. */
  close(): Promise<void>;
}

/**
 * Starts an OpenID Connect provider on 127.0.0.1 at which everybody is whoever they say. It follows the standards, for
 * the library does; for one that doesn't, see the scripted provider. Its keys are new at each start, and its clock is
 * real time, since the library takes no other.
 *
 * @throws EADDRINUSE where the port is taken.
 */
export async function startIdentityProvider(options: IdentityProviderOptions): Promise<IdentityProvider> {
  const { port = 0, users } = options;
  const findUser = (subject: string) => identity.users.find((user) => user.subject === subject);
  const configuration = await configure(options, findUser);

  const server = createServer();
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const identity: IdentityProvider = {
    issuer,
    users,
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
  const provider = new Provider(issuer, configuration);
  provider.use(createInteraction(provider, () => identity.users));
  server.on('request', provider.callback());
  return identity;
}
