import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { IdentityClient } from './client-adapter.ts';
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
  // The library takes 0.2 s and some 45 MB: most starts of the service in development never need it.
  let app: Promise<RequestListener> | undefined;
  const load = async () => {
    const { createProviderApp } = await import('./provider-app.ts');
    return createProviderApp(issuer, options, () => identity.users);
  };
  server.on('request', (request, response) => {
    app ??= load();
    app.then(
      (answer) => answer(request, response),
      (error: Error) => response.writeHead(500).end(`The provider cannot be loaded: ${error.stack}`),
    );
  });
  return identity;
}
